#!/usr/bin/env bash
# What must hold beside the tests; see `./dev help`. Runs the steps named, or all; each says what is
# wrong and where, all run to their end, and the summary names those that failed.
set -uo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

# The compile commands of all sources, and the build that header and licence checks look at.
configure() { cmake --preset release --log-level=WARNING >/dev/null; }

check_format() {
  git ls-files -z --cached --others --exclude-standard -- '*.cc' '*.h' |
    xargs -0 --no-run-if-empty clang-format-14 --dry-run -Werror
}
check_lint() { configure && python3 tools/lint.py build/release; }
check_layers() { python3 tools/check_layers.py; }
check_headers() {
  configure && cmake --build build/release --target all_verify_interface_header_sets >build/headers.log ||
    { cat build/headers.log && return 1; }
}
check_source() { python3 tools/check_source.py; }
check_links() { python3 tools/check_links.py; }
check_licences() { python3 tools/check_third_party.py $(ls build/release/dpr build/release/libdpr.so 2>/dev/null); }

all=(format layers source links licences headers lint)
mkdir -p build
failed=()
for name in "${@:-${all[@]}}"; do
  if ! declare -F "check_$name" >/dev/null; then
    echo "check: unknown step $name; there are: ${all[*]}" >&2
    exit 2
  fi
  echo "== check $name" >&2
  started=$SECONDS
  "check_$name" || failed+=("$name")
  echo "   $((SECONDS - started)) s" >&2
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "== check FAILED: ${failed[*]}" >&2
  exit 1
fi
echo "== check passed" >&2
