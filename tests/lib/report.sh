# shellcheck shell=bash
# Running commands, counting what passed, and saying so.

# Where this run keeps its logs and its servers' files; gone when it ends.
RUN=
# The process group of the command that is running.
COMMAND=
PASSED=0
FAILED=0
# One line per stage, and what could not be said in a number.
SUMMARY=()
NOTES=()

die() {
  local status=$1
  shift
  echo "tests/run: $*" >&2
  exit "$status"
}

begin() {
  # A backtrace in a message is noise to a test that reads it.
  unset RUST_BACKTRACE
  export CARGO_TERM_COLOR=never
  local target=${CARGO_TARGET_DIR:-$PWD/target}
  mkdir -p "$target"
  exec 9>"$target/tests-run.lock"
  flock --nonblock 9 || die 1 "another tests/run is using $target"
  export SIGRA_TESTS_TARGET=${SIGRA_TESTS_TARGET:-$target/generated}
  # Outside of the checkout, whose clippy.toml is not theirs; always the same folder, so that less is built again.
  export SIGRA_TESTS_FOLDER=${SIGRA_TESTS_FOLDER:-${TMPDIR:-/tmp}/cargo-sigra-$(id -u)-$(pwd | cksum | cut -d' ' -f1)}
  RUN=$(mktemp -d)
  # The database server runs as somebody else.
  chmod 711 "$RUN"
  trap end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  BEGAN=$SECONDS
}

end() {
  if [[ -n $COMMAND ]]; then
    kill -TERM -- "-$COMMAND" 2>/dev/null || true
  fi
  stop_servers
  rm -rf "$RUN"
}

# stage NAME FUNCTION [ARGUMENT...]: false where anything in it has failed.
stage() {
  local name=$1 began=$SECONDS passed=$PASSED failed=$FAILED took verdict=ok
  shift
  echo
  echo "== $name: ${SAYS[$name]}"
  "$@" || true
  took=$((SECONDS - began))
  ((took <= ${BUDGET[$name]})) || verdict="over its budget"
  ((FAILED == failed && PASSED > passed)) || verdict=FAILED
  # A stage that checked nothing has not passed.
  ((FAILED > failed || PASSED > passed)) || FAILED=$((FAILED + 1))
  SUMMARY+=("$(printf '%-10s %5ds of %5ds  %4d passed %3d failed  %s' \
    "$name" "$took" "${BUDGET[$name]}" $((PASSED - passed)) $((FAILED - failed)) "$verdict")")
  echo "   ${SUMMARY[-1]}"
  [[ $verdict != FAILED ]]
}

# check SENTENCE COMMAND...: one thing that has to hold.
check() {
  local sentence=$1
  shift
  if run "$@"; then
    PASSED=$((PASSED + 1))
    echo "   ok      $sentence"
  else
    failed "$sentence"
  fi
}

# tests SENTENCE COMMAND...: runs Rust tests and counts them.
tests() {
  local sentence=$1 status=0 passed failed
  shift
  run "$@" || status=$?
  passed=$(count passed)
  failed=$(count failed)
  # It did not come so far as to run its tests.
  ((failed > 0 || status == 0)) || failed=1
  if ((passed + failed == 0)); then
    failed "$sentence: no test was run"
  elif ((failed > 0)); then
    PASSED=$((PASSED + passed))
    failed "$sentence: $passed passed, $failed failed" "$failed"
  else
    PASSED=$((PASSED + passed))
    echo "   ok      $sentence: $passed passed"
  fi
}

count() {
  awk -v word="$1;" '/^test result: / { for (at = 2; at <= NF; at++) if ($at == word) sum += $(at - 1) } END { print sum + 0 }' "$RUN/log"
}

failed() {
  local sentence=$1
  FAILED=$((FAILED + ${2:-1}))
  echo "   FAILED  $sentence"
  sed 's/^/   | /' "$RUN/log"
  return 1
}

# A command or a function of ours, in a process group of its own (that is what -m does), so that an interrupt ends all of it; in
# the background, so that the interrupt is heard at once. In a function nothing stops at a failure by itself: chain with &&.
run() {
  local status=0
  set -m
  ("$@") >"$RUN/log" 2>&1 </dev/null 9>&- &
  COMMAND=$!
  set +m
  wait "$COMMAND" || status=$?
  COMMAND=
  return "$status"
}

note() {
  NOTES+=("$1")
  echo "   NOTE    $1"
}

finish() {
  echo
  echo "== summary, $((SECONDS - BEGAN))s in all"
  printf '%s\n' "${SUMMARY[@]}"
  ((${#NOTES[@]} == 0)) || printf 'NOTE: %s\n' "${NOTES[@]}"
  echo "$PASSED passed, $FAILED failed"
  ((FAILED == 0)) || exit 1
  exit 0
}
