# shellcheck shell=bash
# What has to be on the machine, and getting it.

# The Debian package that brings a command. Rust and git have to be there: this is a checkout of a Rust program.
declare -A PACKAGE=(
  [cc]=gcc
  [curl]=curl
  [flock]=util-linux
  [shellcheck]=shellcheck
  [initdb]=postgresql
  [psql]=postgresql-client
  [chromium]=chromium
  [chromedriver]=chromium-driver
  [python]=python3
  [venv]=python3-venv
  [node]=nodejs
  [npm]=npm
  [oathtool]=oathtool
)

# What a stage cannot do without, besides Rust.
declare -A NEEDS=(
  [shell]="shellcheck"
  [cli]="curl"
  [postgres]="initdb"
  [load]="initdb"
  [everything]="initdb"
  [guide]="initdb"
  [guides]="initdb"
  [moved]="initdb"
  [upgrades]="initdb"
  [deploy]="initdb psql"
  [peers]="initdb python venv node npm oathtool"
  [fuzz]="initdb python venv node npm"
  [browser]="initdb psql chromium chromedriver"
  [clicks]="initdb psql chromium chromedriver"
)

RUST=1.95

prepare() {
  local stage command missing=()
  check "Rust is $RUST or later, with rustfmt and clippy" has_rust || return
  for stage in "$@"; do
    for command in cc ${NEEDS[$stage]:-}; do
      has "$command" || missing+=("${PACKAGE[$command]}")
    done
  done
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
  for stage in "$@"; do
    for command in cc ${NEEDS[$stage]:-}; do
      has "$command" || {
        echo "$command is missing" >"$LOG"
        failed "what $stage needs is there"
        return
      }
    done
  done
  check "what the stages need is there" true
  check "the program builds" cargo build --locked || return
  # Before the lanes part: there is one of each for all of them.
  local needs=" "
  for stage in "$@"; do
    needs+="${NEEDS[$stage]:-} "
  done
  [[ $needs != *" initdb "* ]] || start_postgres
  [[ $needs != *" chromedriver "* ]] || start_driver
}

has_rust() {
  local version
  version=$(rustc --version | cut -d' ' -f2)
  echo "rustc $version; rustup update brings a later one"
  [[ $(printf '%s\n' "$RUST" "$version" | sort --version-sort | head -n 1) == "$RUST" ]] &&
    cargo fmt --version && cargo clippy --version
}

has() {
  case "$1" in
    initdb) [[ -n $(postgres_folder) ]] ;;
    chromium) [[ -n $(chromium_program) ]] ;;
    chromedriver) [[ -n $(driver_program) ]] ;;
    python) command -v python3 >/dev/null ;;
    venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

install_packages() {
  local root=()
  if [[ $(id -u) != 0 ]]; then
    root=(sudo -n)
  fi
  if ! command -v apt-get >/dev/null || { ((${#root[@]})) && ! sudo -n true 2>/dev/null; }; then
    echo "this needs root: apt-get install $*" >"$LOG"
    failed "missing packages can be installed"
    return
  fi
  check "the lists of packages are read" "${root[@]}" apt-get update
  check "$* can be installed" "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

# Debian keeps them out of the PATH; the newest is last.
postgres_folder() {
  local initdb
  initdb=$(find /usr/lib/postgresql -path '*/bin/initdb' 2>/dev/null | sort --version-sort | tail -n 1)
  initdb=${initdb:-$(command -v initdb || true)}
  [[ -z $initdb ]] || dirname "$initdb"
}

chromium_program() {
  command -v chromium || command -v google-chrome || true
}

# Where it is not in the PATH, CHROMEWEBDRIVER may say its folder.
driver_program() {
  command -v chromedriver || command -v "${CHROMEWEBDRIVER:-/nowhere}/chromedriver" || true
}

# The scripts of tests/peers with what they need, in a folder of their own: installing writes beside them.
install_peers() {
  export SIGRA_PEERS=${CARGO_TARGET_DIR:-$PWD/target}/peers
  export PYTHONDONTWRITEBYTECODE=1
  check "the tools of tests/peers are there, or PyPI and npm bring them" put_peers "$SIGRA_PEERS"
}

# put_peers FOLDER: what is installed stays as long as it is what is asked for.
put_peers() {
  local folder=$1 asked=tests/peers/requirements.txt
  mkdir -p "$folder" &&
    { cmp --silent "$asked" "$folder/requirements.txt" || install_python_peers "$folder" "$asked"; } &&
    { cmp --silent tests/peers/package-lock.json "$folder/package-lock.json" || install_node_peers "$folder"; } &&
    cp tests/peers/* "$folder"
}

install_python_peers() {
  local folder=$1 asked=$2
  rm -rf "$folder/venv" && python3 -m venv "$folder/venv" &&
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$asked"
}

install_node_peers() {
  local folder=$1
  rm -rf "$folder/node_modules" && cp tests/peers/package*.json "$folder" &&
    { npm ci --no-audit --no-fund --prefix "$folder" || { rm "$folder/package-lock.json" && false; }; }
}
