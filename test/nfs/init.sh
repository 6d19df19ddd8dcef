#!/usr/bin/env bash
# Process 1 of a guest, booted by guest.py. Mounts what programs need over the
# host's read-only files, brings up the network, and then runs the commands that
# come over the console, each in a session of its own:
#   the host writes   ID COMMAND-IN-BASE64
#   the guest writes  ready, once; then ID#PID, ID:LINE for every line of output
#                     (both streams), and ID=STATUS when that output has ended
# The kernel's command line sets NAME, IP and GW.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TMPDIR=/run/tmp LC_ALL=C.UTF-8
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/shm && mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /mnt
mkdir -p /run/tmp /mnt/nfs
mount -t hostfs -o ro,/usr/lib/uml/modules none /lib/modules
hostname "$NAME"
dmesg -n 1
modprobe nfsv4
ip link set lo up
ip addr add "$IP/24" dev vec0
ip link set vec0 up
ip route add default via "$GW"

serve() {
  local id=$1 line
  setsid env --default-signal=INT,QUIT bash -c 'echo "#$$"; eval "$1"' bash "$(base64 -d <<<"$2")" \
    </dev/null 2>&1 | {
    read -r line
    printf '%s%s\n' "$id" "$line"
    while IFS= read -r line || [ -n "$line" ]; do
      printf '%s:%s\n' "$id" "$line"
    done
  }
  printf '%s=%s\n' "$id" "${PIPESTATUS[0]}"
}

stty raw -echo
echo ready
while read -r id command; do
  serve "$id" "$command" </dev/null &
done
