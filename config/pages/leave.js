// Leaving quickly: the help page's entry in the history is replaced by the page one leaves to, also with Shift three
// times. Without this script the link is a plain link.
(function () {
	"use strict";
	var link = document.getElementById("leave"), presses = 0, last = 0;
	function leave(event) {
		if (event) event.preventDefault();
		document.documentElement.style.visibility = "hidden";
		window.location.replace(link.href);
	}
	if (!link) return;
	link.addEventListener("click", leave);
	document.addEventListener("keyup", function (event) {
		var now = Date.now();
		if (event.key !== "Shift") { presses = 0; return; }
		presses = now - last < 1500 ? presses + 1 : 1;
		last = now;
		if (presses === 3) leave();
	});
})();
