# dealflow: what TAB completes in fish. To install it:
#   dealflow completion fish > ~/.config/fish/completions/dealflow.fish

function __dealflow_complete
    set -l typed (commandline -opc)
    set -l program dealflow
    string match -q '*/dealflow' -- $typed[1]; and set program $typed[1]
    set -l answer ($program __complete fish $typed (commandline -ct) 2>/dev/null </dev/null)
    printf '%s\n' $answer[2..-1]
    if string match -q '*files*' -- $answer[1]
        set -l option (string match -r -- '^--[^=]*=' (commandline -ct))
        __fish_complete_path (string replace -r -- '^--[^=]*=' '' (commandline -ct)) |
            string replace -r -- '^' "$option"
    end
end

complete -c dealflow -k -f -a '(__dealflow_complete)'
