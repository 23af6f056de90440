#!/usr/bin/env bash
# Makes an image that stands in for Lambda's own under `sam local invoke`, where that cannot be pulled:
# Debian 13 with its Python 3.13, Lambda's runtime client and boto3, at the versions the project pins.
# It shows that code, layer and handler fit together in a bare Linux; not that native libraries are Amazon's.
#
#   make_image.sh IMAGE       needs root, debootstrap, a Docker engine, and the environments of `make test-deploy`
set -euo pipefail

image=$1
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT

# shellcheck disable=SC2086 - without a mirror of your own, debootstrap's
debootstrap --variant=minbase --include=python3,ca-certificates trixie "$root" ${DEBIAN_MIRROR:-} >"$root.log" \
    || { tail -n 20 "$root.log" >&2; exit 1; }
mkdir -p "$root/var/task" "$root/var/runtime/lib" "$root/opt"
"$project/.tools/runtime/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes \
    --target "$root/var/runtime/lib" --requirement "$project/requirements/runtime.txt"

# SAM CLI puts its runtime interface emulator into the image and has it start this.
cat >"$root/var/runtime/bootstrap" <<'BOOTSTRAP'
#!/bin/sh
export PYTHONPATH="$LAMBDA_TASK_ROOT:/opt/python:/var/runtime/lib"
cd "$LAMBDA_TASK_ROOT"
exec /usr/bin/python3 -m awslambdaric "$_HANDLER"
BOOTSTRAP
chmod +x "$root/var/runtime/bootstrap"

tar -C "$root" -c . | docker import \
    --change 'WORKDIR /var/task' \
    --change 'ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime PATH=/usr/bin:/bin' \
    - "$image"
rm -f "$root.log"
