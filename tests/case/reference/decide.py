# SPDX-License-Identifier: GPL-2.0-or-later
"""
Which line decides: trygg-rules(5), "Which line decides", read as it is written and done in the plainest way. A school is what
decisions() of ../decisions makes up; say(school, question) puts the answer into the words of ../decide.c.
"""
import re
from collections import namedtuple

Line = namedtuple("Line", "layer file number category kind exception observe what")
LAYERS = ["national", "municipality", "school"]
NAMES, URLS = {"domain", "exact", "host", "confidential"}, {"url", "path"}
REACH = {"domain": NAMES | URLS, "exact": NAMES | URLS, "host": NAMES | URLS, "url": URLS, "path": URLS, "search": {"search"}}


def below(host, name):
    return host == name or host.endswith("." + name)


def split(text):
    name, slash, path = text.partition("/")
    return name, slash + path


def listed(line, host, path, words):
    """Labels, exactness and path bytes of each way in which the line speaks about a request."""
    if line.kind == "domain" and below(host, line.what):
        yield line.what.count(".") + 1, 0, 0
    if line.kind == "exact" and host == line.what:
        yield line.what.count(".") + 1, 1, 0
    if line.kind == "url" and path:
        name, start = split(line.what)
        if below(host, name) and path.startswith(start):
            yield name.count(".") + 1, 0, len(start)
    if line.kind == "confidential":
        for entry in line.what:
            name, end = split(entry)
            whole = end in ("", "/")
            if below(host, name) and (whole or (path and (path == end or (end.endswith("/") and path.startswith(end))))):
                yield name.count(".") + 1, 0, 0 if whole else len(end)
    text = {"host": host, "path": path, "search": words}.get(line.kind)
    if text and re.search(line.what, text):
        yield 0, 0, 0


def key(line, weight):
    return (*weight, LAYERS.index(line.layer), line.exception)


def removed(stop, exceptions, mandatory):
    line, weight = stop
    return any(e.category in ("*", line.category) and line.kind in REACH[e.kind] and key(e, w) > key(line, weight) and
               (not mandatory or LAYERS.index(e.layer) <= LAYERS.index(line.layer)) for e, w in exceptions)


def say(school, question):
    host, path, words = question
    if any(below(host, name) for name in school["protected"]):
        return "allow allow - - -"
    order = list(school["categories"])
    found = [(line, weight) for line in school["lines"] for weight in listed(line, host, path, words)]
    exceptions = [f for f in found if f[0].exception]
    stops = [f for f in found if not f[0].exception]
    if school["resolver"]:
        stops = [f for f in stops if school["categories"][f[0].category]["mandatory"]]
    allowed = any(school["actions"][line.category] == "allow" for line, _ in stops)
    left = []
    for line, weight in stops:
        category = school["categories"][line.category]
        if removed((line, weight), exceptions, category["mandatory"]):
            continue
        action = school["actions"][line.category]
        trial = not category["mandatory"] and (line.observe or category["observe"]) and action in ("help", "refuse")
        step = 0 if category["mandatory"] else ["help", "refuse"].index(action) + 1 + 2 * trial \
            if action in ("help", "refuse") else 5 if action == "observe" else 6
        left.append((step, -category["severity"], order.index(line.category), [-k for k in key(line, weight)],
                     f"{line.layer}/{line.file}", line.number, action, trial, line))
    first = min(left, key=lambda one: one[:6]) if left else None
    action, trial = (first[6], first[7]) if first else ("allow", False)
    category, rule = (first[8].category, f"{first[4]}:{first[5]}") if first else ("-", "-")
    stopped = action in ("help", "refuse") and not trial
    if not stopped and school["deny"] and not allowed and not school["resolver"]:
        action, category, rule, trial, stopped = "refuse", "unlisted", "-", False, True
    if action == "allow":
        category = rule = "-"
    mandatory = school["categories"].get(category, {"mandatory": False})["mandatory"]
    happens = "observe" if trial or (school["observe"] and stopped and not mandatory) else action
    return f"{happens} {action} {category} {rule} {'trial' if trial else '-'}"
