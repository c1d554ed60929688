#!/usr/bin/env bash
# Set up everything the tests need and run them: Python packages always; PostgreSQL + PostGIS, Chromium, the PDF tools
# and Java (for Spark) where system packages may be installed. Where they may not, say loudly which tests are left out; with
# GEOADDR_TEST_REQUIRE_ALL=1 (as CI sets it) leave nothing out and fail instead.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
make --no-print-directory "$VENV/.tools" PYTHON="${PYTHON:-python3}" VENV="$VENV"

pg_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }
has_postgis() { [ -n "$(pg_bin)" ] && ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; }
has_all() { has_postgis && command -v chromium >/dev/null && command -v pdftoppm >/dev/null && command -v java >/dev/null; }

if ! has_all && command -v apt-get >/dev/null; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
        "${as_root[@]}" apt-get update -qq
        version=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' | sed -E 's/postgresql-([0-9]+)-.*/\1/' | sort -V | tail -1)
        java=$(apt-cache search --names-only '^openjdk-(17|21)-jre-headless$' | cut -d' ' -f1 | sort -V | head -1)
        "${as_root[@]}" mkdir -p /usr/share/man/man1  # the Java package expects it; small images lack it
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "postgresql-$version" "postgresql-$version-postgis-3" chromium poppler-utils fonts-noto-cjk ${java:+"$java"} >/dev/null
    fi
fi

left_out=()
if has_postgis; then
    cluster=$(mktemp -d)
    source tools/test_postgres.sh
    start_postgres "$(pg_bin)" "$cluster"
    trap 'stop_postgres "$(pg_bin)" "$cluster"' EXIT
else
    left_out+=("every PostgreSQL + PostGIS test")
fi
command -v chromium >/dev/null || left_out+=("every browser test")
command -v pdftoppm >/dev/null || left_out+=("the test that reads printed sheets")
command -v java >/dev/null || left_out+=("the test on a Spark cluster")
if [ ${#left_out[@]} -gt 0 ]; then
    message="LEFT OUT because system packages may not be installed here: $(IFS=';'; echo "${left_out[*]}")"
    if [ -n "${GEOADDR_TEST_REQUIRE_ALL:-}" ]; then echo "!!! $message; but all tests are required"; exit 1; fi
    echo "!!! $message"
fi
"$VENV/bin/pytest" -n "${GEOADDR_TEST_WORKERS:-2}" --dist loadgroup "$@"
