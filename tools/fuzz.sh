#!/usr/bin/env bash
# Runs every fuzz target of the fuzz build for SECONDS, one target a core, from its committed corpus.
# What it finds stays in build/fuzz/findings/READER; a crash fails and names the input to add to
# fuzz/corpus/READER, beside a unit test. Usage: fuzz.sh SECONDS
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

seconds=$1
mapfile -t sources < <(git ls-files --cached --others --exclude-standard -- 'src/*_fuzz.cc')

# run SOURCE: its target, quiet unless it fails.
run() {
  local target reader program folder corpus
  target=$(basename "$1" .cc)
  reader=${target%_fuzz}
  program=build/fuzz/$(dirname "$1")/$target
  folder=build/fuzz/findings/$reader
  corpus=fuzz/corpus/$reader
  if [ ! -x "$program" ] || [ -z "$(ls -A "$corpus" 2>/dev/null)" ]; then
    echo "FAILED $target: no program $program or nothing in $corpus"
    return 1
  fi
  mkdir -p "$folder/new"
  if OMP_NUM_THREADS=1 "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 \
    -print_final_stats=1 -artifact_prefix="$folder/" "$folder/new" "$corpus" >"$folder/log" 2>&1; then
    echo "passed $target: $(sed -n 's/^stat::number_of_executed_units: //p' "$folder/log") inputs"
  else
    tail -n 40 "$folder/log"
    echo "FAILED $target: the input stands above as \"Test unit written to\""
    return 1
  fi
}
export -f run
export seconds

echo "== fuzz: ${#sources[@]} targets, $seconds s each" >&2
[ ${#sources[@]} -gt 0 ] || exit 1
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'run "$1"' _
