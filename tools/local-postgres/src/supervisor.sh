# Runs one PostgreSQL server for as long as somebody holds a lease on it. The protocol is described
# in lease.rs.
#
#   sh supervisor.sh FOLDER BIN MODE GRACE LINGER SERVER_ARGUMENT..
#
# FOLDER  holds `data` (the cluster) and `leases` (empty); what else is made in it, lib.rs lists.
# BIN     folder of postgres and pg_ctl.
# MODE    remove: stop at once and remove FOLDER.
#         keep: stop cleanly and keep FOLDER.
#         Both remove the folder that FOLDER/socket-folder names, where there is that file.
# GRACE   seconds to wait for the first lease.
# LINGER  seconds to wait for another lease after the last one ended.
#
# Standard input is an open file that carries a lock: whoever can take that lock knows that this
# process is dead. So no child that outlives it may inherit it, nor the reading end of the FIFO
# (descriptor 3), by which users see that somebody listens.
#
# Only what every POSIX shell has: tried with dash, bash and busybox.

folder=$1 bin=$2 mode=$3 grace=$4 linger=$5
shift 5
fifo=$folder/lease.fifo

# What the starting process may have left open: pipes of cargo or of a test runner, which must not
# wait for us.
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
umask 077
cd / || exit 1
exec >"$folder/supervisor.log" 2>&1

# The shell that runs the server, once it has been started.
server=

# Holds the FIFO open for writing for $1 seconds, so that reading it ends at the earliest then.
waiting=
wait_for_lease() {
    sleep "$1" </dev/null >"$fifo" 3<&- &
    waiting=$!
}

server_has_ended() {
    [ -z "$server" ] || [ -e "$folder/server-ended" ]
}

# $1: fast or immediate, $2: seconds until giving up.
stop_server() {
    server_has_ended && return
    "$bin/pg_ctl" stop -D "$folder/data" -m "$1" -t "$2" </dev/null && wait "$server" && server=
}

stop() {
    trap '' TERM
    trap - EXIT
    # From here on nobody can open the FIFO; who has it open already gets no acknowledgement.
    rm -f "$fifo"
    exec 3<&-
    [ -z "$waiting" ] || kill "$waiting" 2>/dev/null

    [ "$mode" = remove ] || stop_server fast 4
    stop_server immediate 1
    # A server that was only just starting had no PID file yet.
    server_has_ended || sleep 1
    stop_server immediate 1
    server_has_ended || { kill "$server" && wait "$server"; }

    if [ -f "$folder/socket-folder" ]; then
        rm -rf "$(cat "$folder/socket-folder")" "$folder/socket-folder"
    fi
    [ "$mode" = keep ] || rm -rf "$folder"
    exit 0
}

trap '' HUP INT QUIT
# EXIT too: a shell ends by itself when `exec` cannot open a file, such as the FIFO in a folder that
# has been removed. The server must not outlive it.
trap stop TERM EXIT

rm -f "$fifo" "$folder/server-ended"
mkfifo "$fifo" || exit 1
wait_for_lease "$grace"
exec 3<"$fifo"

# When the server ends by itself, the line wakes the loop below. Opening for reading and writing
# never blocks.
(
    # For when its folder has been removed: then pg_ctl does not find it.
    trap 'kill -QUIT "$postgres"; sleep 1; kill -KILL "$postgres"' TERM
    "$bin/postgres" -D "$folder/data" "$@" &
    postgres=$!
    wait "$postgres"
    echo >"$folder/server-ended"
    [ ! -p "$fifo" ] || echo "server-ended" 1<>"$fifo"
) </dev/null >"$folder/server.log" 2>&1 3<&- &
server=$!

leased=no
while :; do
    if IFS= read -r line <&3; then
        case $line in
        server-ended)
            # Nobody new may come; who is here may read the log.
            rm -f "$fifo"
            linger=0
            ;;
        *[!0-9a-f]* | '') ;;
        *)
            echo >"$folder/leases/$line"
            leased=yes
            if [ -n "$waiting" ]; then
                kill "$waiting" 2>/dev/null
                wait "$waiting"
                waiting=
            fi
            ;;
        esac
    elif [ "$leased" = yes ] && [ "$linger" -gt 0 ]; then
        leased=no
        wait_for_lease "$linger"
        # Reading before the background process has opened the FIFO would find no writer, and end.
        # Opening for reading waits for a writer.
        exec 3<"$fifo"
    else
        stop
    fi
done
