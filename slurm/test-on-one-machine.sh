#!/usr/bin/env bash
# Runs submit.sh on a real Slurm: a controller and two nodes on this machine, started here and ended here. Tasks of the
# array are killed, requeued and warned of their time limit in mid-run; the merged table must be, to the byte, the one that
# a single machine makes.
#
#     bash slurm/test-on-one-machine.sh [TURMITE]     exit 77: skipped, for Slurm is not installed or does not start
#
# Takes half a minute on two idle cores. Needs no root, no running Slurm or munge and touches none; all of it lies in a
# temporary folder.
set -euo pipefail

SPACE=${SPACE:-"--states 5 --symbols 2 --max-steps 500"}
SHARDS=5

turmite=$(realpath "$(command -v "${1:-turmite}")") || {
  echo "no binary at '${1:-turmite}'; build it with 'cargo build --release' and name it: $0 target/release/turmite" >&2
  exit 1
}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Debian keeps daemons where only root looks.
PATH=$PATH:/usr/sbin:/sbin
for program in munged slurmctld slurmd sbatch squeue scontrol scancel; do
  command -v "$program" >/dev/null || {
    echo "skipped: $program is not here; on Debian: apt-get install -y --no-install-recommends slurm-wlm munge"
    exit 77
  }
done

place=$(mktemp -d "${TMPDIR:-/tmp}/turmite-slurm.XXXXXX")
state=$place/slurm run="$place/a run" daemons=()
export SLURM_CONF=$state/slurm.conf

finish() {
  status=$?
  trap - EXIT
  scancel --user="$(id -un)" 2>/dev/null || true
  for _ in {1..50}; do
    [ -n "$(squeue --noheader 2>/dev/null || true)" ] || break
    sleep 0.2
  done
  # Only what was started here, the controller first.
  for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
    kill "${daemons[i]}" 2>/dev/null || true
    wait "${daemons[i]}" 2>/dev/null || true
  done
  if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
    for log in "$state"/*.log "$run"/*.log; do
      echo "---- $log"
      tail --lines=30 "$log" || true
    done >&2
  fi
  rm -rf "$place"
  exit "$status"
}
trap finish EXIT

started=$SECONDS
say() {
  printf '%3d s  %s\n' "$((SECONDS - started))" "$*"
}

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# Where daemons cannot run, in a container without the rights for it, say, there is nothing to test the scripts on.
no_cluster() {
  echo "skipped: no cluster can be started here: $*"
  exit 77
}

# until_true SECONDS WHAT COMMAND...: waits for a command to succeed.
until_true() {
  local patience=$1 what=$2 end=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || "${too_late:-fail}" "waited $patience s for $what"
    sleep 0.1
  done
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 30000))
    # Nobody answers there.
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# ---- A cluster -------------------------------------------------------------------------------------------------------

mkdir -p "$state/n1" "$state/n2" "$state/state" "$run"
user=$(id -un) host=$(hostname -s)
head -c 128 /dev/urandom >"$state/munge.key"
chmod 400 "$state/munge.key"
cat >"$SLURM_CONF" <<CONF
ClusterName=turmite
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$state/munge.socket
StateSaveLocation=$state/state
SlurmdSpoolDir=$state/%n
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/%n/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
ReturnToService=2
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 RealMemory=2000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 RealMemory=2000
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF

munged --foreground --force --key-file="$state/munge.key" --socket="$state/munge.socket" --pid-file="$state/munge.pid" \
  --seed-file="$state/munge.seed" --log-file="$state/munge.log" >/dev/null 2>&1 &
daemons+=($!)
too_late=no_cluster until_true 20 "munged" munge --socket="$state/munge.socket" --no-input
slurmctld -D -L "$state/slurmctld.log" >/dev/null 2>&1 &
daemons+=($!)
for node in n1 n2; do
  slurmd -D -N "$node" -L "$state/$node.log" >/dev/null 2>&1 &
  daemons+=($!)
done
nodes_are_idle() { [ "$(sinfo --noheader --format=%T)" = idle ]; }
too_late=no_cluster until_true 60 "two idle nodes" nodes_are_idle
say "$(sinfo --version): 2 nodes"

# ---- The table of a single machine -----------------------------------------------------------------------------------

read -ra space <<<"$SPACE"
"$turmite" enumerate "${space[@]}" --out "$place/single.ctm" >/dev/null
say "single run of $SPACE"

# ---- The same by an array of shards, with accidents --------------------------------------------------------------------

# The binary at a path with spaces, as everything here.
cp "$turmite" "$place/turmite binary"
submit() {
  SPACE=$SPACE SHARDS=$SHARDS FOLDER=$run TURMITE="$place/turmite binary" bash "$here/submit.sh" --mem-per-cpu=1000 --time=10
}
shard() { echo "$run/shard-$1-of-$SHARDS"; }
# The turmite process of a shard of this run; the batch script has the same words in another order.
process() { pgrep -f -- "--shard $1/$SHARDS .*--checkpoint shard-$1-of-${SHARDS}[.]checkpoint"; }
running() { [ -n "$(process "$1")" ]; }
has_checkpoint() { [ -e "$(shard "$1").checkpoint" ]; }
log_says() { grep -q -- "$2" "$(shard "$1").log"; }
queue_is_empty() { [ -z "$(squeue --noheader)" ]; }
# A requeued task waits two minutes, in which a node that is at fault may be found; not here.
waits() { [ "$(squeue --noheader --jobs="$1" --format=%T)" = PENDING ]; }
at_once() { waits "$1" && scontrol update JobId="$1" StartTime=now; }

submit | tee "$place/submitted"
array=$(sed -n '1s/^job \([0-9]*\).*/\1/p' "$place/submitted")

until_true 300 "shard 0 to have a checkpoint" has_checkpoint 0
kill -9 "$(process 0)"
say "shard 0 was killed by SIGKILL in mid-run"

until_true 300 "shard 2 to run" running 2
sleep 0.5
scontrol requeue "${array}_2"
until_true 60 "shard 2 to be queued again" at_once "${array}_2"
say "shard 2 was requeued by hand in mid-run"

until_true 300 "shard 4 to run" running 4
sleep 0.5
# What Slurm sends two minutes before the time limit. Of an array that still has tasks waiting, scancel delivers the signal
# and then takes it for undelivered and tries again, for a minute and more.
timeout 3 scancel --batch --signal=USR1 "${array}_4" || true
until_true 60 "shard 4 to ask for another turn" log_says 4 "asks for another turn"
has_checkpoint 4 || fail "no checkpoint of shard 4 after its time limit"
until_true 60 "shard 4 to be queued again" at_once "${array}_4"
say "shard 4 met its time limit, wrote a checkpoint and was queued again"

until_true 600 "the queue to empty" queue_is_empty
[ ! -e "$run/table.ctm" ] || fail "merged although a shard is missing"
[ ! -e "$(shard 0).ctm" ] || fail "shard 0 was not killed"
log_says 2 "turn 2 " || fail "shard 2 had no second turn"
log_says 4 "turn 2 .* goes on from its checkpoint" || fail "shard 4 did not go on from its checkpoint"
# The last task has the number of the whole array; it must not have sent the others back with itself.
if log_says 1 "turn 2 "; then fail "shard 1 had a second turn"; fi
if log_says 3 "turn 2 "; then fail "shard 3 had a second turn"; fi
say "all others are done; the merge left the queue"

submit
until_true 600 "the queue to empty" queue_is_empty
log_says 0 "turn 1 .* goes on from its checkpoint" || fail "shard 0 did not go on from its checkpoint"
[ -e "$run/table.ctm" ] || fail "no merged table"
if compgen -G "$run/*.checkpoint" >/dev/null; then fail "a checkpoint was left behind"; fi
cmp "$run/table.ctm" "$place/single.ctm" || fail "the merged table is not the single machine's"
submit 2>/dev/null && fail "submitted although the table is there"
say "passed: $SHARDS shards merged to the bytes of the single run"
