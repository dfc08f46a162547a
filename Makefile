# Everything that is done with this project; `make run` and `make test` need nothing before them.
SWIFT ?= swift
PREFIX ?= /usr/local
BUILD = $(SWIFT) build -c release
ABLATE = .build/release/ablate
VENV = .venv

.PHONY: run test build bootstrap test-slow test-browser test-slurm chaos fuzz bench bench-peers reproduce reproduce-full docs format lint golden install clean

## Installs what is missing, builds, runs a narrowed sweeps/ghost.toml and prints the report.
run: build
	$(ABLATE) run sweeps/ghost.toml scale=n seeds=0 epochs=$(DEMO_EPOCHS)
	$(ABLATE) report
DEMO_EPOCHS ?= 3

## Installs what is missing and runs all tests but the slow ones.
test: bootstrap lint
	$(BUILD) --build-tests
	$(SWIFT) test -c release --skip-build --no-parallel

## The slow tests as well.
test-slow: bootstrap
	$(BUILD) --build-tests
	ABLATE_SLOW=1 $(SWIFT) test -c release --skip-build --no-parallel

## Kills the scheduler or a worker 200 times at random moments and compares what comes out with an undisturbed sweep.
chaos: bootstrap
	$(BUILD) --build-tests
	$(BUILD) --product ablate
	ABLATE_CHAOS=$(KILLS) $(SWIFT) test -c release --skip-build --no-parallel --filter ChaosTests
KILLS ?= 200

## A sweep on a real Slurm of one node, which is installed, started and stopped again; as root, about six minutes.
test-slurm: bootstrap
	$(BUILD) --build-tests
	$(BUILD) --product ablate
	tools/slurm-single-node start
	eval "$$(tools/slurm-single-node env)" && ABLATE_TEST_SLURM=1 $(SWIFT) test -c release --skip-build --no-parallel \
		--filter RealSlurmTests; status=$$?; tools/slurm-single-node stop; exit $$status

## Reads 1,000 random mutations of each kind of file.
fuzz: bootstrap
	$(BUILD) --build-tests
	ABLATE_SLOW=1 $(SWIFT) test -c release --skip-build --no-parallel --filter Fuzz

## The page of a report in Chromium, which is installed where it is missing; the other tests skip it there.
test-browser:
	@tools/bootstrap chromium
	$(BUILD) --build-tests
	$(SWIFT) test -c release --skip-build --no-parallel --filter BrowserTests

build: bootstrap
	$(BUILD) --product ablate

bootstrap:
	@tools/bootstrap

## Seconds of a step, inference and memory of every arm, as a table.
bench: build
	tools/bench

## The same against PyTorch's reference, alternating in one run; makes a virtual environment first.
bench-peers: build $(VENV)/ready
	tools/bench --peers $(VENV)/bin/python

## Repeats the comparison of DFC's placement (results/dfc-placement): 100 minutes on two cores for the built-in data, and as
## long for BCCD where ABLATE_DATA names the folder that holds bccd320. `git diff results` then shows what came out otherwise.
reproduce: build
	tools/reproduce dfc-placement results/dfc-placement
	@if [ -n "$(ABLATE_DATA)" ]; then tools/reproduce dfc-placement-bccd results/dfc-placement/bccd; \
	else echo "skipped: BCCD, as ABLATE_DATA names no folder of data sets"; fi

## The same and NEU-DET, which takes most of a day.
reproduce-full: reproduce
	@if [ -n "$(ABLATE_DATA)" ]; then tools/reproduce dfc-placement-neudet results/dfc-placement/neudet; \
	else echo "skipped: NEU-DET, as ABLATE_DATA names no folder of data sets"; fi

## Writes the reference of manifests again from the program's own catalogues; a test holds it against them.
docs: build
	$(ABLATE) list manifest --format md > docs/manifest.md

format:
	$(SWIFT) format --in-place --recursive Sources Tests Package.swift
	clang-format -i Sources/CKernels/*.c Sources/CKernels/impl/*.h Sources/CKernels/include/*.h

lint:
	@tools/check-imports
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift

## Makes the golden data again; needs PyTorch, which goes into a virtual environment.
golden: $(VENV)/ready
	for script in tools/golden/[a-z]*.py; do case $$script in */goldenfile.py) ;; *) $(VENV)/bin/python $$script || exit 1 ;; esac; done

$(VENV)/ready: tools/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet -r tools/requirements.txt
	touch $@

## The program, which runs from anywhere, its manual page, and completions for bash, zsh and fish.
install: build
	install -D -m 755 $(ABLATE) $(DESTDIR)$(PREFIX)/bin/ablate
	mkdir -p $(SHARE)/man/man1 $(SHARE)/bash-completion/completions $(SHARE)/zsh/site-functions $(SHARE)/fish/vendor_completions.d
	$(ABLATE) list commands --format man > $(SHARE)/man/man1/ablate.1
	$(ABLATE) --generate-completion-script bash > $(SHARE)/bash-completion/completions/ablate
	$(ABLATE) --generate-completion-script zsh > $(SHARE)/zsh/site-functions/_ablate
	$(ABLATE) --generate-completion-script fish > $(SHARE)/fish/vendor_completions.d/ablate.fish
SHARE = $(DESTDIR)$(PREFIX)/share

clean:
	rm -rf .build
