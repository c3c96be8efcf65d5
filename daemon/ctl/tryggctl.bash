# bash completion for tryggctl(8)                                                    -*- shell-script -*-
# SPDX-License-Identifier: GPL-2.0-or-later
# Verbs and options are read from the usage text, which tryggctl prints from its own table, so they are never stale.

# One line a verb ("firewall show") and a line an option ("firewall show --as").
_tryggctl_table()
{
	"$1" --help 2>/dev/null | awk '
		/^  [a-z]/ {
			verb = $1
			if ($2 ~ /^[a-z]+$/)
				verb = verb " " $2 ($3 ~ /^[a-z]+$/ ? " " $3 : "")
			if ($2 ~ /^[a-z]+\|/) {
				count = split($2, seconds, "|")
				for (i = 1; i <= count; i++)
					print verb, seconds[i]
			} else {
				print verb
			}
		}
		/^ +--/ { print verb, $1 }'
}

_tryggctl()
{
	local cur prev words cword i
	local -a given=()
	_init_completion || return

	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-c) ((i++)) ;;
		-*) ;;
		*) given+=("${words[i]}") ;;
		esac
	done
	case $prev in
	-c)
		_filedir conf
		return
		;;
	--group)
		mapfile -t COMPREPLY < <(compgen -W "primary lower-secondary upper-secondary staff guest" -- "$cur")
		return
		;;
	--as)
		mapfile -t COMPREPLY < <(compgen -W "nft iptables" -- "$cur")
		return
		;;
	--category)
		mapfile -t COMPREPLY < <(compgen -W "$("${words[0]}" check --print 2>/dev/null |
			awk '/^categories/ { on = 1; next } /^}/ { on = 0 } on && /^\t[a-z0-9-]+ = \{/ { print $1 }')" -- "$cur")
		return
		;;
	--at | --days | --by | --role | --reason | --owner | --school | --municipality | --primary | --lower-secondary | \
		--upper-secondary | --staff | --guest | --help-addresses | --help-name | --nurse | --counsellor | --informed | \
		--resolvers | --languages) return ;;
	--interfaces)
		mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net)" -- "$cur")
		return
		;;
	--from)
		_filedir conf
		return
		;;
	esac

	local choices
	choices=$(_tryggctl_table "${words[0]}" | awk -v given="${given[*]}" '
		given == "" { print $1; next }
		index($0, given " ") == 1 { $0 = substr($0, length(given) + 2); print $1 }' | sort -u)
	[[ ${#given[@]} -gt 0 ]] || choices+=" -c --help --version"
	mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur")
} && complete -F _tryggctl tryggctl
