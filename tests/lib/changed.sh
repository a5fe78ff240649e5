# shellcheck shell=bash
# Which stages a change could have broken.

# The files that differ from where this work began: the newest commit of main that is in it, or the last commit where main is what is
# worked on. What is not committed counts.
changed_files() {
  local from tracked new
  from=$(git merge-base HEAD "${SIGRA_CHANGED_SINCE:-origin/main}" 2>/dev/null || git rev-parse HEAD) &&
    tracked=$(git diff --name-only --no-renames "$from") &&
    new=$(git ls-files --others --exclude-standard) &&
    printf '%s\n%s\n' "$tracked" "$new" | sort --unique | sed '/^$/d'
}

# stages_for FILE: the stages that look at it. What no line knows is looked at by all of them.
stages_for() {
  case "$1" in
    src/* | build.rs) echo "fmt clippy docs unused cli" ;;
    Cargo.toml | Cargo.lock | deny.toml | clippy.toml) echo "clippy unused audit locks cli" ;;
    benches/*) echo "fmt clippy unused" ;;
    README.md | CHANGELOG.md | LICENSE*) echo "cli readme" ;;
    install.sh | .ci/* | .github/*) echo "shell cli" ;;
    tests/run | tests/lib/*) echo "shell cli" ;;
    tests/program/* | tests/rules/* | tests/killed/* | tests/support/* | tests/combined/* | tests/evolution/*) echo "fmt clippy cli" ;;
    tests/zoo/* | tests/cargo_toml/* | tests/transcripts/* | snapshots/*) echo "cli" ;;
    tests/faults/*) echo "fmt clippy cli sample" ;;
    tests/peers/*) echo "peers" ;;
    tests/generated/copy_database.rs) echo "fmt clippy moved" ;;
    tests/generated/guides.rs) echo "fmt clippy guide" ;;
    tests/generated/browser/*) echo "fmt clippy browser" ;;
    tests/generated/*.rs) echo "fmt clippy $(basename "$1" .rs)" ;;
    tests/around/*) echo "fmt clippy readme guide emails peers browser moved" ;;
    templates/*/Cargo.lock) echo "locks cli sqlite everything" ;;
    templates/*.md | templates/guides/*) echo "cli guide" ;;
    templates/jwt/src/web/settings/* | templates/api/src/web/settings/*) echo "cli programs everything browser $(if_conditions "$1" combined)" ;;
    templates/jwt/* | templates/api/*) echo "cli programs everything peers $(if_conditions "$1" combined)" ;;
    templates/*/templates/* | templates/*/static/*) echo "cli sqlite browser emails" ;;
    templates/sqlite*) echo "cli sqlite programs combined moved" ;;
    templates/postgres*) echo "cli everything combined moved" ;;
    templates/moved/*) echo "cli moved" ;;
    templates/deploy/*) echo "cli" ;;
    # Whatever is always there. The app with nothing more and the app with everything have between them what it may be used by;
    # what is below the pages is tested without a browser.
    templates/base/src/web/*) echo "cli sqlite everything browser $(if_conditions "$1" programs combined)" ;;
    templates/base/src/mail* | templates/base/src/jobs*) echo "cli sqlite everything emails $(if_conditions "$1" programs combined)" ;;
    templates/*) echo "cli sqlite everything $(if_conditions "$1" programs combined)" ;;
    *) all_stages ;;
  esac
}

# if_conditions FILE STAGE...: the stages, if what is written of the file depends on what else is chosen. A file that is gone may have.
if_conditions() {
  local file=$1
  shift
  if [[ ! -f $file ]] || grep -qE '(//|#|--|/\*|<!--)%' "$file"; then
    echo "$*"
  fi
}

# The stages for all that has changed, in their order.
changed_stages() {
  local file files stage wanted=" "
  files=$(changed_files) || return
  while read -r file; do
    wanted+="$([[ -z $file ]] || stages_for "$file" | tr '\n' ' ') "
  done <<<"$files"
  for stage in $(all_stages); do
    [[ $wanted != *" $stage "* ]] || echo "$stage"
  done
}
