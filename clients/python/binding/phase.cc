#include <string>
#include <utility>

#include "handles.h"

namespace daybook::python {

Phase::Phase(std::shared_ptr<daybook_run> run, daybook_phase* phase, bool strict)
    : run_(std::move(run)), phase_(phase, daybook_phase_free), strict_(strict) {}

// A phase that could not begin, which has been counted, is ended in silence.
bool Phase::ready(Reading& reading, bool read_well) const {
    if (phase_ == nullptr) return false;
    if (read_well) return true;
    let_through(reading);
    if (strict_) raise_problem(reading);
    daybook_run_count_failure(run_.get(), {reading.problem.data(), reading.problem.size()});
    return false;
}

void Phase::complete(nb::handle summary) {
    Reading reading(Nonfinite::kText);
    Object read;
    if (!ready(reading, read.read(summary.ptr(), "output_summary", reading))) return;
    const auto phase = phase_;
    without_gil(strict_, [&](daybook_error** error) {
        return daybook_phase_complete(phase.get(), read.get(), error);
    });
}

void Phase::fail(nb::handle message, nb::handle kind, nb::handle trace) {
    fails_ = true;
    Reading reading(Nonfinite::kText);
    Owned owned;
    daybook_str text;
    daybook_failure_options options = daybook_failure_options_init();
    if (!ready(reading, read_text(message.ptr(), "message", owned, text, reading) &&
                            read_text(kind.ptr(), "kind", owned, options.kind, reading) &&
                            read_text(trace.ptr(), "trace", owned, options.trace, reading))) {
        return;
    }
    const auto phase = phase_;
    without_gil(strict_, [&](daybook_error** error) {
        return daybook_phase_fail(phase.get(), text, &options, error);
    });
    fails_ = false;
}

void Phase::close() {
    std::shared_ptr<daybook_phase> last = std::move(phase_);
    if (last == nullptr) return;
    if (fails_) {
        new std::shared_ptr<daybook_phase>(std::move(last));  // NOLINT: for ever.
        return;
    }
    const WithoutGil released;
    last.reset();
}

}  // namespace daybook::python
