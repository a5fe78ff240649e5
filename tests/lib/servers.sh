# shellcheck shell=bash
# Servers for one run: on free ports, with nothing of value in them.

DRIVER=

# Nobody answers there now.
free_port() {
  local port
  while true; do
    port=$((20000 + RANDOM))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}

# PostgreSQL refuses to run as root.
as_postgres() {
  if [[ $(id -u) == 0 ]]; then
    (cd / && runuser -u postgres -- "$@" 9>&-)
  else
    "$@" 9>&-
  fi
}

start_postgres() {
  [[ ! -d $RUN/postgres ]] || return 0
  check "a PostgreSQL server starts" postgres_server
  export TEST_DATABASE_URL
  TEST_DATABASE_URL=$(cat "$RUN/postgres-url" 2>/dev/null)
}

postgres_server() {
  local bin port data=$RUN/postgres/data
  bin=$(postgres_folder)
  port=$(free_port)
  local settings="-p $port -k $RUN/postgres -c listen_addresses=127.0.0.1 -c max_connections=200"
  settings+=" -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
  mkdir "$RUN/postgres" &&
    { [[ $(id -u) != 0 ]] || chown postgres "$RUN/postgres"; } &&
    as_postgres "$bin/initdb" --pgdata "$data" --username postgres --auth trust --encoding UTF8 --no-sync &&
    as_postgres "$bin/pg_ctl" --pgdata "$data" --log "$RUN/postgres/log" --wait --silent --options "$settings" start &&
    echo "postgres://postgres@127.0.0.1:$port/postgres" >"$RUN/postgres-url"
}

start_driver() {
  [[ -z $DRIVER ]] || return 0
  check "a browser's driver starts" driver_server
  DRIVER=$(cat "$RUN/driver-pid" 2>/dev/null)
  export WEBDRIVER_URL CHROMIUM
  WEBDRIVER_URL="http://127.0.0.1:$(driver_port)"
  CHROMIUM=$(chromium_program)
}

driver_server() {
  setsid "$(driver_program)" --port=0 >"$RUN/driver" 2>&1 </dev/null 9>&- &
  echo $! >"$RUN/driver-pid"
  local try
  for ((try = 0; try < 100; try++)); do
    [[ -z $(driver_port) ]] || return 0
    sleep 0.1
  done
  cat "$RUN/driver"
  return 1
}

driver_port() {
  sed -n 's/^ChromeDriver was started successfully on port \([0-9]*\)\.$/\1/p' "$RUN/driver"
}

stop_servers() {
  [[ -z $DRIVER ]] || kill -TERM -- "-$DRIVER" 2>/dev/null || true
  if [[ -f $RUN/postgres/data/postmaster.pid ]]; then
    as_postgres "$(postgres_folder)/pg_ctl" --pgdata "$RUN/postgres/data" --mode immediate --silent stop || true
  fi
}
