# Ends what a test has started when the test ends, however it ends.
#
#   sh keeper.sh FOLDER
#
# Standard input is a pipe that the test's process holds open. When it closes, the processes whose ids are in FOLDER/*.pid and
# FOLDER/data/postmaster.pid are ended, what is mounted on FOLDER/disk is unmounted, and FOLDER is removed.

folder=$1
trap '' HUP INT QUIT TERM
cd / || exit 1
# What the starting process may have left open: pipes of cargo or of a test runner, which must not wait for us.
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-

while IFS= read -r _; do :; done

# $1: a process id. Whether that process is one of ours still: its command line names our folder.
is_ours() {
    if [ -r "/proc/$1/cmdline" ]; then
        tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF "$folder"
    else
        ps -o command= -p "$1" 2>/dev/null | grep -qF "$folder"
    fi
}

# $1: a file whose first line is a process id. $2: a signal.
signal() {
    [ -f "$1" ] || return 0
    pid=$(head -n 1 "$1")
    case $pid in '' | *[!0-9]*) return 0 ;; esac
    is_ours "$pid" || return 0
    # A stopped process hears nothing else.
    kill -CONT "$pid" 2>/dev/null
    kill "-$2" "$pid" 2>/dev/null
    return 1
}

all() {
    gone=0
    for file in "$folder"/*.pid "$folder/data/postmaster.pid"; do
        signal "$file" "$1" || gone=1
    done
    return $gone
}

# PostgreSQL and PgBouncer end at once on QUIT and leave nothing.
all QUIT
tries=0
until all QUIT || [ $tries -ge 30 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
all KILL
if [ -d "$folder/disk" ]; then
    umount "$folder/disk" 2>/dev/null || umount -l "$folder/disk" 2>/dev/null
fi
rm -rf "$folder" 2>/dev/null || { sleep 1; rm -rf "$folder"; }
