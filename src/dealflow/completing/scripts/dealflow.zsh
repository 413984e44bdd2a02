#compdef dealflow
# dealflow: what TAB completes in zsh. To install it, for new shells:
#   dealflow completion zsh > "${fpath[1]}/_dealflow"
# where that folder is yours; else, after compinit in ~/.zshrc: source <(dealflow completion zsh)

_dealflow() {
    local program=dealflow how text
    local -a answer parts fit words_ shown open open_shown
    [[ $words[1] == */dealflow ]] && program=${~words[1]}
    answer=("${(@f)$("$program" __complete zsh "$COLUMNS" "${(@Q)words[1,CURRENT-1]}" \
        "$QIPREFIX$PREFIX" 2>/dev/null </dev/null)}")
    how=$answer[1]
    for text in "${(@)answer[2,-1]}"; do
        parts=("${(@ps:\t:)text}")
        if [[ $parts[1] == + ]]; then
            open+=("$parts[2]") open_shown+=("$parts[3]")
        else
            words_+=("$parts[2]") shown+=("$parts[3]")
        fi
    done
    fit=(-M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}')
    (( $#words_ + $#open == 1 )) && fit=(-U) # whatever it begins with, it is what is meant
    (( $#words_ )) && compadd $fit -V dealflow -l -d shown -a -- words_
    (( $#open )) && compadd $fit -V dealflow-open -l -S '' -d open_shown -a -- open
    if [[ $how == *cut* ]]; then
        compadd -x '… and more: type on'
        [[ $compstate[insert] == *unambiguous* ]] && compstate[insert]= # not what all have in common
    fi
    if [[ $how == *files* ]]; then
        [[ $PREFIX == --*=* ]] && compset -P 1 '*='
        _files
    fi
}

if [[ $funcstack[1] == _dealflow ]]; then
    _dealflow "$@"
else
    compdef _dealflow dealflow
fi
