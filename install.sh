#!/bin/sh
# Installs cargo-sigra: the released program for this machine, checked against its SHA-256, or built by cargo where there is none.
#
#   sh install.sh              into $CARGO_HOME/bin, which is ~/.cargo/bin where that is not set
#   sh install.sh --to DIR     into another folder
#
# SIGRA_VERSION=0.1.0 takes that release instead of the latest. SIGRA_RELEASES is where releases are, for mirrors and tests.
set -eu

# The same as in Cargo.toml. Empty until there is one: then everything is built.
REPOSITORY=""
RELEASES=${SIGRA_RELEASES-${REPOSITORY:+$REPOSITORY/releases}}
TO=${CARGO_HOME:-$HOME/.cargo}/bin

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

# The name that Rust has for this machine, or nothing where no release is made for it.
target() {
  case "$(uname -s) $(uname -m)" in
    "Linux x86_64") echo x86_64-unknown-linux-gnu ;;
    "Linux aarch64") echo aarch64-unknown-linux-gnu ;;
    "Darwin x86_64") echo x86_64-apple-darwin ;;
    "Darwin arm64") echo aarch64-apple-darwin ;;
  esac
}

# fetch URL FILE
fetch() {
  if has curl; then
    curl --fail --silent --show-error --location --output "$2" "$1" 2>/dev/null
  elif has wget; then
    wget --quiet --output-document="$2" "$1"
  else
    die "neither curl nor wget is here"
  fi
}

sum() {
  if has sha256sum; then
    sha256sum "$1" | cut -d' ' -f1
  elif has shasum; then
    shasum -a 256 "$1" | cut -d' ' -f1
  else
    die "neither sha256sum nor shasum is here, so nothing can be checked"
  fi
}

build() {
  has cargo || die "$1, and cargo is not here to build one: get Rust from https://rustup.rs"
  say "$1; building it with cargo"
  here=$(dirname "$0")
  if [ -f "$here/Cargo.toml" ] && grep -q '^name = "cargo-sigra"$' "$here/Cargo.toml"; then
    cargo install --locked --path "$here"
  else
    cargo install --locked cargo-sigra
  fi
}

release() {
  archive=cargo-sigra-$1.tar.gz
  from=$RELEASES/latest/download
  [ -z "${SIGRA_VERSION:-}" ] || from=$RELEASES/download/v$SIGRA_VERSION
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  fetch "$from/$archive" "$folder/$archive" || return 1

  fetch "$from/$archive.sha256" "$folder/sum" || die "$from/$archive has no checksum beside it; nothing was installed"
  expected=$(cut -d' ' -f1 "$folder/sum")
  found=$(sum "$folder/$archive")
  [ "$found" = "$expected" ] || die "$archive has the checksum $found and not $expected; nothing was installed"

  tar -xzf "$folder/$archive" -C "$folder" cargo-sigra
  mkdir -p "$TO"
  chmod 755 "$folder/cargo-sigra"
  # Copied beside and renamed: a program that runs cannot be overwritten.
  cp "$folder/cargo-sigra" "$TO/cargo-sigra.new"
  mv "$TO/cargo-sigra.new" "$TO/cargo-sigra"
  say "$TO/cargo-sigra is installed; try: cargo sigra features"
}

while [ $# -gt 0 ]; do
  case "$1" in
    --to)
      [ $# -gt 1 ] || die "--to wants a folder"
      TO=$2
      shift 2
      ;;
    *) die "there is no $1; there is --to DIR" ;;
  esac
done

target=$(target)
if [ -z "$RELEASES" ]; then
  build "there are no releases yet"
elif [ -z "$target" ]; then
  build "there are no releases for $(uname -s) on $(uname -m)"
else
  release "$target" || build "there is no release for $target"
fi
