# dealflow: what TAB completes in bash. To install it, for new shells:
#   mkdir -p ~/.local/share/bash-completion/completions
#   dealflow completion bash > ~/.local/share/bash-completion/completions/dealflow
# Where the package bash-completion is missing: eval "$(dealflow completion bash)" in ~/.bashrc

_dealflow() {
    local program=dealflow how= text
    case $1 in */dealflow) program=${1/#\~\//$HOME/} ;; esac
    COMPREPLY=()
    {
        IFS= read -r how
        while IFS= read -r text; do
            COMPREPLY+=("$text")
        done
    } < <("$program" __complete bash "${COMP_LINE:0:COMP_POINT}" "${COMP_TYPE-}" \
        "${COMP_WORDBREAKS-}" "${COLUMNS-}" 2>/dev/null </dev/null)
    case $how/${COMP_TYPE-} in
        *cut*/37 | *cut*/42) ;; # words are put in one after the other, or all of them
        *cut*) COMPREPLY+=("… and more: type on") ;; # so that nothing in common is put in
    esac
    if type compopt >/dev/null 2>&1; then
        compopt -o nosort 2>/dev/null
        case $how in *open*) compopt -o nospace ;; esac
        case $how in *files*) compopt -o default -o bashdefault ;; esac
    fi
}

if type compopt >/dev/null 2>&1; then
    complete -F _dealflow dealflow
else # bash 3 cannot say for each word whether files are meant
    complete -o default -F _dealflow dealflow
fi
