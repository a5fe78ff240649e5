# shellcheck shell=bash
# The stages: a sentence, a budget and a function each.

# Stages run in lanes beside one another: what compiles beside what waits.
#
# program: this program itself.  apps: generated projects, as their owners build and test them.
# flows: generated apps as processes, with browsers, clients and tools of others.
declare -A LANE=(
  [program]="fmt shell docs unused clippy audit cli"
  [apps]="sqlite programs sample everything combined moved locks"
  [flows]="readme guide emails peers browser"
)
# The program's own stages are done first where the flows of one run need what the apps have built.
LANES_BESIDE=("program flows" "apps")
# One after the other: some of them measure.
DEEP_STAGES=(postgres load guides crash upgrades deploy fuzz timing clicks faults)

declare -A SAYS=(
  [machine]="what the other stages need is there"
  [fmt]="the source is formatted"
  [shell]="shellcheck finds nothing in the scripts"
  [clippy]="clippy finds nothing"
  [docs]="the documentation builds without a warning"
  [unused]="every dependency is used"
  [audit]="licences, sources and bans of all dependencies; advisories where their database can be reached"
  [locks]="for every choice, cargo would write the Cargo.lock that comes along"
  [cli]="the program's own tests: plans, merges, crashes, refusals, transcripts, snapshots, templates"
  [sqlite]="the generated app on SQLite: formatted, without warnings, passes its tests, stays as it is"
  [programs]="the same with the API and JWT"
  [sample]="ten faults, others every day, each put into the generated app alone: its tests notice"
  [faults]="the same with all of them, by area"
  [postgres]="the same on PostgreSQL, without an API, with the commands of its own workflow"
  [everything]="the same with the other choice everywhere, in another time zone and language: PostgreSQL, integer keys, another table, every feature"
  [load]="every flow at once on PostgreSQL, for two minutes: no deadlock, no error, and nothing outlives a reset"
  [combined]="every two choices go together: formatted and without warnings"
  [readme]="what the README tells to type and to write"
  [guide]="the guide to a field of your own, followed word for word with every other choice"
  [guides]="every guide, followed word for word, with every test of the app"
  [emails]="emails by SMTP"
  [peers]="schemathesis, PyJWT and jose find nothing wrong with the API, and pyotp and oathtool are a second factor, on both databases"
  [moved]="from SQLite to PostgreSQL with every row, in another time zone and language: nobody notices, without warnings"
  [crash]="killed at 5000 moments, installing, upgrading and recovering: the old tree or the new one, every time"
  [deploy]="the Dockerfile and the Procfile, step by step, to a release that serves on both databases"
  [upgrades]="what three versions of the templates and their owner's work make together builds and passes its tests"
  [browser]="a real browser through everything, on both databases, with pictures in target/screenshots"
  [fuzz]="schemathesis with more examples, others each time"
  [timing]="log-in and registration take the same time for known and unknown addresses"
  [clicks]="two clicks on every form, with all latencies and gaps"
)

# Seconds at most, on two cores with nothing built, beside the other lanes.
declare -A BUDGET=(
  [machine]=240
  [fmt]=10
  [shell]=10
  [clippy]=120
  [docs]=60
  [unused]=30
  [audit]=150
  [locks]=180
  [cli]=380
  [sqlite]=600
  [programs]=520
  [sample]=600
  [faults]=7200
  [postgres]=600
  [load]=480
  [everything]=600
  [combined]=450
  [readme]=560
  [guide]=380
  [guides]=420
  [emails]=30
  [peers]=340
  [moved]=330
  [crash]=2400
  [deploy]=660
  [upgrades]=1100
  [fuzz]=900
  [browser]=840
  [timing]=420
  [clicks]=2700
)

# What belongs to one run: every stage of every lane.
all_stages() {
  local lanes lane
  for lanes in "${LANES_BESIDE[@]}"; do
    for lane in $lanes; do
      echo "${LANE[$lane]}"
    done
  done
}

stage_fmt() {
  check "cargo fmt --check" cargo fmt --check
}

stage_shell() {
  check "shellcheck" shellcheck --external-sources --check-sourced tests/run install.sh .ci/run .ci/pack
}

stage_clippy() {
  check "cargo clippy --all-targets" cargo clippy --locked --all-targets -- -D warnings
}

stage_docs() {
  check "cargo doc" env RUSTDOCFLAGS=-Dwarnings cargo doc --locked --no-deps
}

# The compiler's own lint. Dev-dependencies belong to many targets of which each uses a few; tests/dependencies.rs looks for those.
stage_unused() {
  check "the library uses every dependency" cargo rustc --locked --lib --profile check -- -D unused_crate_dependencies
}

stage_audit() {
  tests "licences, sources, bans and dev-dependencies" cargo test --locked --test rules dependencies:: -- --ignored
  advisories
}

# The database of advisories is not ours to ship. The workflow on GitHub sets SIGRA_ADVISORIES=required, so that it cannot be left out there.
advisories() {
  if ! command -v cargo-deny >/dev/null; then
    without_advisories "cargo-deny is not installed"
  elif ! run timeout 120 cargo deny fetch db; then
    without_advisories "their database cannot be reached"
  else
    check "advisories for the program" cargo deny --locked check advisories
    local project
    for project in snapshots/*; do
      check "advisories for $project" cargo deny --locked --manifest-path "$project/Cargo.toml" --config deny.toml check advisories
    done
  fi
}

without_advisories() {
  if [[ ${SIGRA_ADVISORIES:-} == required ]]; then
    failed "advisories: $1"
  else
    note "advisories were NOT checked: $1; the workflow on GitHub checks them"
  fi
}

stage_locks() {
  tests "every combination" cargo test --locked --test program cargo_lock:: -- --ignored
}

stage_cli() {
  check "whatever plain cargo test leaves out is run by another stage" no_forgotten_tests
  tests "cargo test" env RUST_TEST_THREADS="$(waiting_tests)" cargo test --locked --no-fail-fast
  # What plain `cargo test` leaves out because it is long: a tenth of the tests takes two thirds of the time.
  tests "the long ones" env RUST_TEST_THREADS="$(waiting_tests)" cargo test --locked --no-fail-fast --test program -- --ignored --skip cargo_lock::
  tests "the killed ones" cargo test --locked --test killed -- --ignored --skip very_often
}

no_forgotten_tests() {
  local found
  # What another test starts by itself is no test. What names this stage is run by it.
  found=$(grep --recursive '^ *#\[ignore' --include='*.rs' src tests benches templates |
    grep --invert-match -e 'no test by itself' -e '^tests/\(program\|killed\)/.*long: stage cli runs it' |
    cut -d: -f1 | sed 's|^tests/generated/browser/.*|tests/generated/browser|' | sort --unique | paste --serial --delimiters=' ')
  echo "tests are ignored in: $found"
  [[ $found == "tests/faults/main.rs tests/generated/browser tests/generated/browser.rs tests/generated/copy_database.rs tests/generated/deployment.rs tests/generated/emails.rs tests/generated/guides.rs tests/generated/merged_apps.rs tests/generated/peers.rs tests/generated/readme.rs tests/generated/timing.rs tests/killed/main.rs tests/program/hosts/cargo_lock.rs tests/rules/dependencies.rs" ]]
}

stage_sqlite() {
  generated sqlite
}

stage_programs() {
  generated programs --jwt
}

stage_sample() {
  tests "ten of them" cargo test --locked --test faults sample -- --ignored --nocapture
}

stage_faults() {
  tests "all of them" cargo test --locked --test faults every_fault_is_noticed -- --ignored --nocapture
}

stage_postgres() {
  local shop=$SIGRA_TESTS_FOLDER/plain-postgres/shop
  local -a here
  in_project "$shop"
  check "cargo new shop, cargo-sigra install --yes --database postgres" make_shop "$shop" --database postgres || return
  check "cargo fmt --check" "${here[@]}" cargo fmt --check
  check "cargo clippy" "${here[@]}" cargo clippy --locked --all-targets -- -D warnings
  tests "cargo test" "${here[@]}" cargo test --locked
}

# With every feature: connected apps and tokens of the API take part.
stage_load() {
  local shop=$SIGRA_TESTS_FOLDER/load/shop
  local -a here
  in_project "$shop"
  check "cargo new shop, cargo-sigra install --yes --database postgres --jwt" make_shop "$shop" --database postgres --jwt || return
  here+=(MIXED_LOAD_SECONDS=120 MIXED_LOAD_TASKS=8)
  tests "eight tasks, two minutes" "${here[@]}" cargo test --locked sec_ses_18 -- --nocapture
}

# in_project FOLDER: sets `here`, what cargo is run with in a generated project. What these depend on is built once for all of them, and
# nobody debugs them or builds them a second time.
in_project() {
  here=(env -C "$1" CARGO_BUILD_BUILD_DIR="$SIGRA_TESTS_TARGET" CARGO_TARGET_DIR="$1/target"
    CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=none)
}

# Clippy as the compiler: one pass finds warnings and builds. `cargo clippy` runs the same driver, but checks first, dependencies too,
# and nothing of that can be used by a build.
with_lints() {
  local lint lints=
  for lint in "$@"; do
    lints+="-D__CLIPPY_HACKERY__${lint}__CLIPPY_HACKERY__"
  done
  here+=(RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS="$lints")
}

stage_everything() {
  elsewhere generated everything --database postgres --no-binary-id --table members --jwt
}

# generated NAME FLAG...: what a new user does first, in a folder outside of this checkout.
generated() {
  local name=$1 shop
  shop=$SIGRA_TESTS_FOLDER/plain-$name/shop
  shift
  local -a here
  in_project "$shop"
  check "cargo new shop, cargo-sigra install --yes $*" make_shop "$shop" "$@" || return
  check "cargo fmt --check" "${here[@]}" cargo fmt --check
  with_lints warnings unused_crate_dependencies
  check "clippy finds nothing, with the Cargo.lock that came along; every crate is used" \
    "${here[@]}" cargo test --locked --all-targets --no-run
  tests "cargo test" "${here[@]}" RUST_TEST_THREADS="$(waiting_tests)" cargo test --locked --all-targets
  check "a second install changes nothing, and git sees nothing" install_again "$shop"
}

# How many tests run at a time, of those that wait as much as they compute: for a disk, a server, a terminal, or a process that is to be
# killed.
waiting_tests() {
  echo $((2 * $(nproc)))
}

# make_shop FOLDER FLAG...
make_shop() {
  local shop=$1
  shift
  rm -rf "$shop" && mkdir -p "$shop" &&
    env -C "$shop" cargo init --quiet --vcs git --name shop &&
    sigra "$shop" install --yes "$@" &&
    commit "$shop"
}

commit() {
  local who=(-c user.name=somebody -c user.email=somebody@example.com)
  env -C "$1" git add --all && env -C "$1" git "${who[@]}" commit --quiet --message accounts
}

# Whichever two choices are picked (of the features: none, --api or --jwt), all their combinations are in here, in "sqlite", "programs" or "everything"
# (which are bin 2024).
COMBINATIONS=(
  "lib 2024 --database postgres --table members --jwt"
  "lib 2021 --database postgres --api"
  "bin 2021 --database sqlite --no-binary-id --jwt --no-passkeys"
  "bin 2024 --database sqlite --no-binary-id --table members --api --no-passkeys"
  "lib 2021 --database sqlite --no-binary-id --table members --no-passkeys"
  "bin 2024 --database postgres --no-passkeys"
)

stage_combined() {
  local combination words shop=$SIGRA_TESTS_FOLDER/combined/shop
  local -a here
  in_project "$shop"
  with_lints warnings
  for combination in "${COMBINATIONS[@]}"; do
    read -ra words <<<"$combination"
    check "$combination: install" make_combined "$shop" "${words[@]}" || continue
    check "$combination: cargo fmt --check" "${here[@]}" cargo fmt --check
    # Without generating code: the stages that run tests do that.
    check "$combination: clippy finds nothing" "${here[@]}" cargo check --locked --all-targets
  done
}

# make_combined FOLDER bin|lib EDITION FLAG...: lib is a package with both.
make_combined() {
  local shop=$1 shape=$2 edition=$3
  shift 3
  rm -rf "$shop" && mkdir -p "$shop" &&
    env -C "$shop" cargo init --quiet --vcs git --name shop "--$shape" --edition "$edition" &&
    { [[ $shape == bin ]] || printf 'fn main() {\n    println!("Hello, world!");\n}\n' >"$shop/src/main.rs"; } &&
    sigra "$shop" install --yes "$@"
}

install_again() {
  local shop=$1 said changed
  said=$(sigra "$shop" install --yes 2>&1)
  changed=$(env -C "$shop" git status --porcelain)
  echo "$said"
  echo "$changed"
  [[ $said == *"nothing to change"* && -z $changed ]]
}

# sigra FOLDER ARGUMENT...
sigra() {
  local folder=$1 program
  shift
  program=$(realpath "${CARGO_TARGET_DIR:-target}/debug/cargo-sigra")
  env -C "$folder" "$program" "$@"
}

stage_readme() {
  tests "every block and table" cargo test --locked --test generated readme:: -- --ignored --test-threads 2
}

stage_guide() {
  tests "every step" cargo test --locked --test generated -- --ignored --exact \
    guides::the_steps_are_the_same_for_every_choice \
    guides::what_the_guide_makes_is_nobodys_business_but_the_owners
}

stage_guides() {
  tests "every guide" cargo test --locked --test generated guides:: -- --ignored --test-threads 1
}

stage_crash() {
  tests "kill -9" cargo test --locked --test killed very_often -- --ignored --nocapture
}

stage_deploy() {
  tests "what the files say" cargo test --locked --test generated deployment:: -- --ignored --test-threads 1
}

stage_upgrades() {
  tests "what is left when all is merged" cargo test --locked --test generated merged_apps:: -- --ignored --test-threads 1
}

stage_emails() {
  tests "a real SMTP peer" cargo test --locked --test generated emails:: -- --ignored
}

stage_peers() {
  install_peers &&
    tests "their tools" cargo test --locked --test generated peers:: -- --ignored --test-threads 2
}

stage_moved() {
  elsewhere moved
}

moved() {
  local shop=$SIGRA_TESTS_FOLDER/moved/shop
  local -a here
  in_project "$shop"
  with_lints warnings unused_crate_dependencies
  tests "nobody notices" cargo test --locked --test generated copy_database:: -- --ignored || return
  check "clippy finds nothing, with what copies" "${here[@]}" cargo test --locked --all-targets --all-features --no-run
  # But for the tests of what copies, the suite is the one of "everything".
  tests "cargo test copying" "${here[@]}" cargo test --locked --all-targets --all-features copying
}

# elsewhere COMMAND...: nothing that is kept or compared may depend on where the machine stands: far in the east, and where the small I
# has no dot.
elsewhere() {
  local -x TZ=Pacific/Auckland LC_ALL
  LC_ALL=$(locale -a 2>/dev/null | grep --ignore-case --max-count 1 '^tr_TR\.utf-\?8$' || true)
  "$@"
}

stage_fuzz() {
  local -x SIGRA_EXAMPLES=300
  install_peers &&
    tests "schemathesis" cargo test --locked --test generated schemathesis -- --ignored --test-threads 1
}

stage_browser() {
  # One at a time: keys go where the focus is, and two browsers on a busy machine wait for it.
  tests "Chromium" cargo test --locked --test generated browser:: -- --ignored --test-threads 1
}

stage_timing() {
  tests "known and unknown addresses" cargo test --locked --test generated timing:: -- --ignored --test-threads 1
}

stage_clicks() {
  local -x SIGRA_ALL_CLICKS=1
  tests "Chromium, many times" cargo test --locked --test generated browser::clicks:: -- --ignored --test-threads 1
}
