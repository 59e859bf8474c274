# The front door.  `make` builds; `make help` lists what else there is.
#
# Everything lies under build/<preset>/ (see CMakePresets.json).  Each target installs what is
# missing (tools/bootstrap, silent otherwise), configures where that has not been done, and builds.

.DEFAULT_GOAL := build
.PHONY: help build test demo asan tsan tidy fmt \
    bench golden fuzz coverage rigs soak planted ci clean

JOBS ?= $(shell nproc)
# Tests wait for disks and for each other.
export CTEST_PARALLEL_LEVEL ?= $(shell expr $(JOBS) + 1)

help:  ## Lists the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' Makefile | column -t -s '|'

# $(call build_preset,<preset>[,<target>]): bring build/<preset>, or one target of it, up to date.
define build_preset
	@tools/bootstrap
	@test -f build/$(1)/build.ninja || cmake --preset $(1)
	@cmake --build --preset $(1) --parallel $(JOBS) $(if $(2),--target $(2))
endef

build:  ## Builds everything with checks on, into build/dev
	$(call build_preset,dev)

test: build  ## Builds, then runs every test
	@ctest --preset dev

demo:  ## Runs real backtests side by side on one ledger, and shows what they left
	$(call build_preset,release,daybook)
	@build/release/daybook demo

asan:  ## The tests under AddressSanitizer and UndefinedBehaviorSanitizer (SHARE=N: a part of them)
	@tools/bootstrap --tidy
	@tools/asan $(if $(SHARE),--share $(SHARE))

tsan:  ## The tests under ThreadSanitizer
	@tools/bootstrap --tidy
	$(call build_preset,tsan)
	@ctest --preset tsan

tidy:  ## Checks layering, sizes, bans, format, links, and runs clang-tidy (SHARE=N: on a part)
	@tools/bootstrap --tidy
	@test -f build/dev/build.ninja || cmake --preset dev
	@python3 -B tools/checks/clang_test.py --quiet
	@tools/tidy $(if $(SHARE),--share $(SHARE))

fmt:  ## Formats the C++ sources in place
	@tools/bootstrap --tidy
	@git ls-files -z '*.h' '*.cc' ':!:**/generated/**' | xargs -0 clang-format-19 -i

bench:  ## Measures what the figures promise, beside peers and the raw limit
	@tools/bootstrap --bench
	$(call build_preset,release)
	@status=0; build/release/bench/daybook_bench || status=$$?; \
	    bench/clients/run || status=$$?; exit $$status

fuzz:  ## Looks for inputs that break a promise (SECONDS=60 for each fuzzer, SEED=N)
	@tools/bootstrap --tidy
	$(call build_preset,asan,daybook_fuzzers)
	@fuzz/run --count $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

coverage:  ## Which lines, branches and conditions of src/os and src/log their tests reach
	@tools/bootstrap --tidy
	@tools/coverage

golden:  ## Makes the golden ledger of a new format; never touches one that is there
	$(call build_preset,dev,daybook_make_golden)
	@build/dev/tests/formats/daybook_make_golden

rig-lake:
	@tools/bootstrap --lake
	@tools/rig lake

rig-%:
	@tools/bootstrap --rigs
	@tools/rig $* $(if $(SEED),--seed $(SEED)) $(if $(COUNT),--count $(COUNT)) \
	    $(if $(CASE),--case $(CASE))

rigs:  ## Failure rigs, CI's share (SEED=N; one: make rig-NAME SEED=N COUNT=N CASE=N)
	@tools/bootstrap --rigs
	@tools/rig --all $(if $(SEED),--seed $(SEED))

soak:  ## The same rigs for hours
	@tools/bootstrap --rigs
	@tools/rig --all --soak

planted:  ## Plants every bug of tests/planted, and demands that its test fails
	@tools/planted

ci:  ## What a change must pass: tests, checks, tests under sanitizers
	@.ci/run

clean:  ## Removes build/
	@rm -rf build
