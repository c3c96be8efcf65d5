# bash completion for tryggctl(8)                                                    -*- shell-script -*-
# SPDX-License-Identifier: GPL-2.0-or-later
# The first words are verbs; options belong to the verb that stands before them.

_tryggctl()
{
	local cur prev words cword verb='' second='' choices='' i
	_init_completion || return

	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-c) ((i++)) ;;
		-*) ;;
		*)
			if [[ -z $verb ]]; then
				verb=${words[i]}
			elif [[ -z $second ]]; then
				second=${words[i]}
			fi
			;;
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
	--at) return ;;
	esac

	case $verb in
	'') choices="-c --help --version check compile explain firewall journal reload status" ;;
	check) choices="--print --env" ;;
	explain) choices="--group --at --json" ;;
	status) choices="--json" ;;
	firewall) [[ -n $second ]] || choices="show apply remove check watch" ;;
	journal) [[ -n $second ]] || choices="verify cat purge" ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur")
} && complete -F _tryggctl tryggctl
