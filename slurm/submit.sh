#!/usr/bin/env bash
# Enumerates a space on a Slurm cluster: an array of shards, and a job that merges them when all are done.
#
#     bash slurm/submit.sh [options of sbatch, for both jobs]
#
# Run it again to go on after a failure: it submits what is missing and nothing else. See README.md beside this file.
set -euo pipefail

# The two lines to edit: the space, as `turmite enumerate` is told it, and the number of shards.
SPACE=${SPACE:-"--states 6 --symbols 2 --max-steps 500"}
SHARDS=${SHARDS:-128}

# Where shards, checkpoints, logs and the table go: a folder that all nodes see.
FOLDER=${FOLDER:-$PWD/turmite-$(tr -cs '[:alnum:]' - <<<"$SPACE" | sed 's/^-//; s/-$//')}
# The binary, at a place that all nodes see.
TURMITE=${TURMITE:-turmite}

fail() {
  echo "submit.sh: $*" >&2
  exit 1
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command -v sbatch >/dev/null || fail "sbatch is not here; run this on a login node of a Slurm cluster"
turmite=$(command -v "$TURMITE") ||
  fail "no binary at '$TURMITE'; build it with 'cargo build --release' and name it: TURMITE=target/release/turmite bash $0"
turmite=$(realpath "$turmite")
[[ $SHARDS =~ ^[1-9][0-9]*$ ]] || fail "SHARDS is '$SHARDS'; expected a number of 1 or more"
read -ra space <<<"$SPACE"

# Slurm itself would say no more than "Invalid job array specification".
most=$(scontrol show config | sed -n 's/^MaxArraySize *= *//p')
((SHARDS <= ${most:-1001})) ||
  fail "$SHARDS shards, but this cluster has MaxArraySize $most; take fewer and give each more cores: bash $0 --cpus-per-task=64"

mkdir -p "$FOLDER"
FOLDER=$(cd "$FOLDER" && pwd)
[[ $FOLDER != *[%\\]* ]] || fail "the folder '$FOLDER' has a % or a backslash in its name, which Slurm takes for a pattern"

# One folder, one space: shards of two would otherwise lie side by side until the merge refuses them.
if [ -e "$FOLDER/space" ]; then
  [ "$(<"$FOLDER/space")" = "$SPACE" ] || fail "$FOLDER is of another space ($(<"$FOLDER/space")); choose another FOLDER"
else
  echo "$SPACE" >"$FOLDER/space"
fi
[ ! -e "$FOLDER/table.ctm" ] || fail "$FOLDER/table.ctm is there already; nothing is left to do"

# Two tasks on one checkpoint would undo each other's work.
name=turmite-$(cksum <<<"$FOLDER" | cut -d' ' -f1)
queued=$(squeue --noheader --user="$(id -un)" --name="$name" --format=%i)
[ -z "$queued" ] || fail "already in the queue, as job ${queued//$'\n'/ }; wait for it, or scancel --name=$name"

missing=()
for ((i = 0; i < SHARDS; i++)); do
  [ -e "$FOLDER/shard-$i-of-$SHARDS.ctm" ] || missing+=("$i")
done

# Ours last, for they win.
common=("$@" --parsable --job-name="$name" --chdir="$FOLDER")
after=()
if ((${#missing[@]} > 0)); then
  ((${#missing[@]} < SHARDS)) && list=$(IFS=,; echo "${missing[*]}") || list=0-$((SHARDS - 1))
  array=$(sbatch "${common[@]}" --array="$list" --output="shard-%a-of-$SHARDS.log" \
    "$here/enumerate.sbatch" "$turmite" "$SHARDS" "${space[@]}")
  array=${array%%;*}
  echo "job $array: ${#missing[@]} of $SHARDS shards of '$SPACE' in $FOLDER"
  # If a shard fails the merge leaves the queue, and the next submission brings it back.
  after=(--dependency="afterok:$array" --kill-on-invalid-dep=yes)
fi
merge=$(sbatch "${common[@]}" "${after[@]}" --output=merge.log "$here/merge.sbatch" "$turmite" "$SHARDS") || {
  scancel --name="$name"
  fail "the merge was refused, so the array was taken back; see what sbatch says above"
}
echo "job ${merge%%;*}: then merges them to $FOLDER/table.ctm"
