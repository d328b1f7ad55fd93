#!/usr/bin/env bash
# Runs submit.sh on a real Slurm: a controller and two nodes on this machine, started here and ended here. Tasks of the
# array are killed, requeued and warned of their time limit in mid-run; the merged table must be, to the byte, the one that
# a single machine makes.
#
#     bash slurm/test-on-one-machine.sh [TURMITE]     exit 77: skipped, for Slurm is not installed
#
# Takes half a minute on two idle cores. Needs no root, no running Slurm or munge and touches none; all of it lies in a
# temporary folder.
set -euo pipefail

SPACE=${SPACE:-"--states 5 --symbols 2 --max-steps 500"}
SHARDS=${SHARDS:-5}

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
  if [ "$status" -ne 0 ]; then
    for log in "$state"/*.log "$run"/*.log; do
      echo "---- $log"
      tail --lines=30 "$log"
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

# until_true SECONDS WHAT COMMAND...: waits for a command to succeed.
until_true() {
  local patience=$1 what=$2 end=$((SECONDS + $1))
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || fail "waited $patience s for $what"
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
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 RealMemory=4000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 RealMemory=4000
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF

munged --foreground --force --key-file="$state/munge.key" --socket="$state/munge.socket" --pid-file="$state/munge.pid" \
  --seed-file="$state/munge.seed" --log-file="$state/munge.log" >/dev/null 2>&1 &
daemons+=($!)
until_true 10 "munged" munge --socket="$state/munge.socket" --no-input
slurmctld -D -L "$state/slurmctld.log" >/dev/null 2>&1 &
daemons+=($!)
for node in n1 n2; do
  slurmd -D -N "$node" -L "$state/$node.log" >/dev/null 2>&1 &
  daemons+=($!)
done
nodes_are_idle() { [ "$(sinfo --noheader --format=%T)" = idle ]; }
until_true 60 "two idle nodes" nodes_are_idle
say "$(sinfo --version): 2 nodes"

# ---- The table of a single machine -----------------------------------------------------------------------------------
cp "$turmite" "$place/turmite binary"
SPACE="--states 6 --max-steps 500 --within 16" SHARDS=64 FOLDER=$run TURMITE="$place/turmite binary" bash "$here/submit.sh" --mem-per-cpu=1500 --time=3 
# only two tasks: drop the rest
scancel 1_[2-63] || true
for i in {1..27}; do sleep 20; squeue --noheader --format='%i %T %M %r %b' ; done
scancel 1_0
sleep 10
squeue --noheader
cat "$run"/shard-0*.log "$run"/shard-1-*.log
