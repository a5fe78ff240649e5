#!/bin/sh
# Installs cargo-sigra: the released program for this machine, checked against its SHA-256, or built by cargo where there is none.
#
#   sh install.sh               into ~/.cargo/bin, where cargo itself installs
#   sh install.sh --root DIR    into DIR/bin
#
# SIGRA_BASE_URL is the folder that the release is taken from: https://, http:// or file://. In it are, for each machine,
# cargo-sigra-<target>.tar.gz and cargo-sigra-<target>.tar.gz.sha256, as .ci/pack writes them.
set -eu

# The same as in Cargo.toml. Empty until there is one: then everything is built.
REPOSITORY=""
FROM=${SIGRA_BASE_URL-${REPOSITORY:+$REPOSITORY/releases/latest/download}}
FROM=${FROM%/}
ROOT=${CARGO_INSTALL_ROOT:-${CARGO_HOME:-$HOME/.cargo}}
# Where it is unpacked; gone at the end.
FOLDER=
# Beside the place where it will be: a program that runs cannot be overwritten, only replaced.
NEW=

say() {
  printf 'install.sh: %s\n' "$*" >&2
}

die() {
  say "$*"
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

clean() {
  rm -rf "$FOLDER"
  [ -z "$NEW" ] || rm -f "$NEW"
}

# The name that Rust has for this machine, or nothing where no release is made for it.
target() {
  case "$(uname -s) $(uname -m)" in
    "Linux x86_64") echo x86_64-unknown-linux-gnu ;;
    "Linux aarch64") echo aarch64-unknown-linux-gnu ;;
    "Darwin x86_64") echo x86_64-apple-darwin ;;
    "Darwin arm64") echo aarch64-apple-darwin ;;
  esac
}

# fetch URL FILE: false where it is not there, or cannot be had.
fetch() {
  case "$1" in
    file://*) cp "${1#file://}" "$2" 2>/dev/null ;;
    # What was asked for by https does not come by anything else.
    https://*) download "$1" "$2" --proto =https ;;
    *) download "$1" "$2" ;;
  esac
}

# download URL FILE [OPTION-OF-CURL...]
download() {
  url=$1 file=$2
  shift 2
  if has curl; then
    curl --fail --silent --location "$@" --output "$file" "$url"
  else
    has wget && wget -q -O "$file" "$url"
  fi
}

sum() {
  if has sha256sum; then
    sha256sum "$1" | cut -d' ' -f1
  elif has shasum; then
    shasum -a 256 "$1" | cut -d' ' -f1
  else
    die "neither sha256sum nor shasum is here, so nothing can be checked; nothing was installed"
  fi
}

# check URL FILE
check() {
  fetch "$1.sha256" "$2.sha256" || die "$1 has no checksum beside it; nothing was installed"
  expected=$(cut -d' ' -f1 "$2.sha256")
  found=$(sum "$2")
  [ "$found" = "$expected" ] || die "$1 has the checksum $found and not $expected; nothing was installed"
}

# put ARCHIVE: false where the program does not run here.
put() {
  tar -xzf "$1" -C "$FOLDER" cargo-sigra || die "there is no cargo-sigra in ${1##*/}; nothing was installed"
  mkdir -p "$ROOT/bin" || die "$ROOT/bin cannot be made; name another folder with --root"
  NEW=$ROOT/bin/cargo-sigra.new
  { cp "$FOLDER/cargo-sigra" "$NEW" && chmod 755 "$NEW"; } || die "$ROOT/bin cannot be written; name another folder with --root"
  "$NEW" --version >/dev/null 2>&1 || return 1
  mv "$NEW" "$ROOT/bin/cargo-sigra" || die "$ROOT/bin/cargo-sigra cannot be replaced"
}

build() {
  has cargo || die "$1, and cargo is not here to build one: get Rust from https://rustup.rs"
  say "$1; building it with cargo"
  here=$(dirname "$0")
  if grep -q '^name = "cargo-sigra"$' "$here/Cargo.toml" 2>/dev/null; then
    cargo install --locked --root "$ROOT" --path "$here"
  else
    cargo install --locked --root "$ROOT" cargo-sigra
  fi
}

release() {
  archive=cargo-sigra-$1.tar.gz
  FOLDER=$(mktemp -d)
  if ! fetch "$FROM/$archive" "$FOLDER/$archive"; then
    build "there is no $archive at $FROM"
    return
  fi
  check "$FROM/$archive" "$FOLDER/$archive"
  if put "$FOLDER/$archive"; then
    say "$ROOT/bin/cargo-sigra is installed; try: cargo sigra features"
    case ":$PATH:" in
      *":$ROOT/bin:"*) ;;
      *) say "$ROOT/bin is not in your PATH; put it there, so that cargo finds it" ;;
    esac
  else
    build "the program in $archive does not run on this machine"
  fi
}

main() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --root)
        [ $# -gt 1 ] || die "--root wants a folder"
        ROOT=$2
        shift 2
        ;;
      *) die "there is no $1; there is --root DIR" ;;
    esac
  done

  trap clean EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  machine=$(target)
  if [ -z "$FROM" ]; then
    build "there are no releases yet"
  elif [ -z "$machine" ]; then
    build "there are no releases for $(uname -s) on $(uname -m)"
  else
    release "$machine"
  fi
}

# In a function, so that a script that was cut off while it was fetched does nothing.
main "$@"
