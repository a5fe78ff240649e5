# shellcheck shell=bash
# Running commands, counting what passed, and saying so.

# Where this run keeps its logs and its servers' files; gone when it ends.
RUN=
# What the command that is running has said.
LOG=
# The process group of the command that is running.
COMMAND=
# The lanes that are running.
LANES=()
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
  LOG=$RUN/log
  # The database server runs as another user.
  chmod 711 "$RUN"
  trap end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  BEGAN=$SECONDS
}

end() {
  stop_command
  ((${#LANES[@]} == 0)) || kill -TERM "${LANES[@]}" 2>/dev/null || true
  wait
  stop_servers
  rm -rf "$RUN"
}

stop_command() {
  [[ -z $COMMAND ]] || kill -TERM -- "-$COMMAND" 2>/dev/null || true
}

# beside LANE...: runs lanes beside one another, each a list of stages. A stage is shown as a whole when it has ended.
beside() {
  local lane number=0
  for lane in "$@"; do
    number=$((number + 1))
    one_lane "$number" "$lane" &
    LANES+=($!)
  done
  while lanes_are_running; do
    show_results
    sleep 0.2
  done
  wait "${LANES[@]}" || true
  LANES=()
  show_results
  # A lane that has died says nothing of the stages that were still to come.
  local name
  for lane in "$@"; do
    for name in $lane; do
      [[ -f $RUN/done-$name ]] || {
        cat "$RUN/said-$name" >"$LOG" 2>/dev/null || echo "it has not begun" >"$LOG"
        failed "the stage $name has come to its end" || true
      }
    done
  done
}

lanes_are_running() {
  local lane
  for lane in "${LANES[@]}"; do
    ! kill -0 "$lane" 2>/dev/null || return 0
  done
  return 1
}

# one_lane NUMBER STAGES, in a process of its own.
one_lane() {
  local number=$1 name
  trap stop_command EXIT
  trap 'exit 143' TERM
  LOG=$RUN/log-$number
  for name in $2; do
    PASSED=0 FAILED=0 SUMMARY=() NOTES=()
    stage "$name" "stage_$name" >"$RUN/said-$name" 2>&1 || true
    {
      echo "PASSED=$((PASSED)) FAILED=$((FAILED))"
      declare -p SUMMARY NOTES
    } >"$RUN/result-$name.part"
    mv "$RUN/result-$name.part" "$RUN/result-$name"
    touch "$RUN/done-$name"
  done
}

# What has ended since the last look is shown and counted.
show_results() {
  local result name all_passed all_failed all_lines all_notes
  for result in "$RUN"/result-*; do
    [[ -f $result && $result != *.part ]] || continue
    name=${result##*/result-}
    cat "$RUN/said-$name"
    all_passed=$PASSED all_failed=$FAILED all_lines=("${SUMMARY[@]}") all_notes=("${NOTES[@]}")
    # shellcheck disable=SC1090 # what one_lane has written
    source <(sed 's/^declare -a /declare -ag /' "$result")
    PASSED=$((PASSED + all_passed)) FAILED=$((FAILED + all_failed))
    SUMMARY=("${all_lines[@]}" "${SUMMARY[@]}") NOTES=("${all_notes[@]}" "${NOTES[@]}")
    rm "$result"
  done
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
  local sentence=$1 began=$SECONDS
  shift
  if run "$@"; then
    PASSED=$((PASSED + 1))
    echo "   ok      $sentence ($((SECONDS - began))s)"
  else
    failed "$sentence"
  fi
}

# tests SENTENCE COMMAND...: runs Rust tests and counts them.
tests() {
  local sentence=$1 status=0 began=$SECONDS passed failed
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
    echo "   ok      $sentence: $passed passed ($((SECONDS - began))s)"
  fi
}

count() {
  awk -v word="$1;" '/^test result: / { for (at = 2; at <= NF; at++) if ($at == word) sum += $(at - 1) } END { print sum + 0 }' "$LOG"
}

failed() {
  local sentence=$1
  FAILED=$((FAILED + ${2:-1}))
  echo "   FAILED  $sentence"
  sed 's/^/   | /' "$LOG"
  return 1
}

# A command or a function of ours, in a process group of its own (that is what -m does), so that an interrupt ends all of it; in
# the background, so that the interrupt is heard at once. In a function nothing stops at a failure by itself: chain with &&.
run() {
  local status=0
  set -m
  ("$@") >"$LOG" 2>&1 </dev/null 9>&- &
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

# The last line says how long it took, and how much of that two cores have worked: what is missing was waiting.
finish() {
  local took=$((SECONDS - BEGAN))
  worked >"$RUN/worked"
  echo
  echo "== summary"
  printf '%s\n' "${SUMMARY[@]}"
  ((${#NOTES[@]} == 0)) || printf 'NOTE: %s\n' "${NOTES[@]}"
  echo "$PASSED passed, $FAILED failed"
  echo "total: ${took}s, $(<"$RUN/worked")s of work by the processors"
  ((FAILED == 0)) || exit 1
  exit 0
}

# The seconds of all processes that have ended. Asked of this shell itself: each has children of its own.
worked() {
  times >"$RUN/times"
  awk 'NR == 2 { split($1, user, /[ms]/); split($2, kernel, /[ms]/); printf "%d", user[1] * 60 + user[2] + kernel[1] * 60 + kernel[2] }' "$RUN/times"
}
