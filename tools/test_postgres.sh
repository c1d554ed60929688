# A throw-away PostgreSQL for the tests, sourced by run_tests.sh: its own folder and port, no durability, trusted local access.
run_as_owner() {  # PostgreSQL refuses to run as root
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start_postgres() {  # start_postgres BIN FOLDER
    local bin=$1 folder=$2 port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    [ "$(id -u)" = 0 ] && chown postgres "$folder"
    chmod 700 "$folder"
    run_as_owner "$bin/initdb" -D "$folder/data" -U geoaddr --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
    run_as_owner "$bin/pg_ctl" -D "$folder/data" -w -l "$folder/log" \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c fsync=off -c full_page_writes=off -c max_connections=200" start >/dev/null
    export GEOADDR_TEST_POSTGRES="postgresql+psycopg://geoaddr@127.0.0.1:$port/postgres"
}

stop_postgres() {  # stop_postgres BIN FOLDER
    run_as_owner "$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null || true
    rm -rf "$2"
}
