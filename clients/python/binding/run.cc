#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "handles.h"
#include "json_text.h"

namespace daybook::python {
namespace {

// An event's line holds 16 MiB in all.
constexpr std::size_t kConfigBytesMax = 15 << 20;
constexpr std::string_view kClosed =
    "record: the run has been closed, and what is recorded now is lost";
constexpr std::string_view kLate =
    "record: the program's runs have been ended at its exit, and what is recorded now is lost";

// Once in a process: who records a million trials reads it once.
void warn_once(std::atomic<bool>& told, std::string_view message) {
    if (!told.exchange(true)) warn(message);
}

// An integer of Python or of NumPy, or a number that is one; false: there is none.  Numbers are
// rounded if `rounds`, else they must be whole.
bool read_integer(nb::handle object, const char* what, bool rounds, std::int64_t& value,
                  Reading& reading) {
    if (object.is_none()) return false;
    nb::object index = nb::steal(PyNumber_Index(object.ptr()));
    if (!index.is_valid() && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        index = nb::steal(whole_number(object.ptr(), rounds));
        if (index.is_valid() && index.is_none()) return false;
    }
    value = index.is_valid() ? PyLong_AsLongLong(index.ptr()) : -1;
    if (!PyErr_Occurred()) return true;
    reading.problem = std::string(what) + ": " + take_python_error(reading);
    return false;
}

// 1 or 0, or -1 if it is missing or has no truth, as pandas.NA.
int read_truth(nb::handle object, const char* what, Reading& reading) {
    if (object.is_none() || std::string_view(Py_TYPE(object.ptr())->tp_name).ends_with("NAType")) {
        return -1;
    }
    const int truth = PyObject_IsTrue(object.ptr());
    if (truth < 0) reading.problem = std::string(what) + ": " + take_python_error(reading);
    return truth;
}

// The strings of a sequence.
class Texts {
public:
    void read(nb::handle sequence, const char* what, Reading& reading) {
        if (!sequence.is_none() && !read_items(sequence, what, reading)) texts_.clear();
    }
    const daybook_str* data() const { return texts_.data(); }
    std::size_t size() const { return texts_.size(); }

private:
    bool read_items(nb::handle sequence, const char* what, Reading& reading) {
        PyObject* const fast = PySequence_Fast(sequence.ptr(), "expected a sequence of texts");
        if (fast == nullptr || PyUnicode_Check(sequence.ptr())) {
            if (fast == nullptr) take_python_error(reading);
            reading.problem = std::string(what) + ": expected a list of texts";
            Py_XDECREF(fast);
            return false;
        }
        owned_.take(fast);
        for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(fast); ++i) {
            daybook_str text;
            PyObject* const item = PySequence_Fast_GET_ITEM(fast, i);
            if (!read_text(item, what, owned_, text, reading)) return false;
            texts_.push_back(text);
        }
        return true;
    }

    Owned owned_;
    std::vector<daybook_str> texts_;
};

}  // namespace

Run::Run(std::shared_ptr<daybook_ledger> ledger, daybook_run* run, bool strict, bool refuse)
    : strict_(strict), refuse_(refuse) {
    // The ledger lives as long as its runs.
    run_ = std::shared_ptr<daybook_run>(
        run, [ledger = std::move(ledger)](daybook_run* ended) { daybook_run_free(ended); });
}

Run Run::start(const Ledger& ledger, const Spec& given, bool refuse) {
    Reading reading(refuse && ledger.strict() ? Nonfinite::kRefuse : Nonfinite::kText);
    // The host goes on: a run with the most of its description is better than none.
    reading.lenient = !ledger.strict();
    Owned owned;
    Object config;
    Object tags;
    Object versions;
    daybook_run_spec spec = daybook_run_spec_init();
    const auto must = [&](bool read_well) {
        if (read_well && reading.problem.empty()) return;
        let_through(reading);
        if (ledger.strict()) raise_problem(reading);
        warn("start run: " + reading.problem + "; it is left out");
        reading.problem.clear();
    };
    const auto text = [&](nb::handle object, const char* what, daybook_str& out) {
        must(read_text(object.ptr(), what, owned, out, reading));
    };
    spec.has_seed = read_integer(given.seed, "seed", false, spec.seed, reading) ? 1 : 0;
    must(true);
    text(given.type, "type", spec.type);
    text(given.data_fingerprint, "data_fingerprint", spec.data_fingerprint);
    text(given.run_id, "run_id", spec.run_id);
    text(given.name, "name", spec.name);
    text(given.experiment, "experiment", spec.experiment);
    text(given.parent_run_id, "parent_run_id", spec.parent_run_id);
    must(config.read(given.config.ptr(), "config", reading));
    must(tags.read(given.tags.ptr(), "tags", reading));
    if (!ledger.strict()) tags.make_flat();
    must(versions.read(given.versions.ptr(), "versions", reading));
    for (const std::string& replaced : reading.replaced) {
        warn("start run: " + replaced + "; its repr() is recorded");
    }
    spec.config = config.get();
    if (!ledger.strict() && config.text_bytes() > kConfigBytesMax) {
        warn("start run: config: found " + std::to_string(config.text_bytes()) +
             " bytes, and an event holds 16 MiB; it is left out");
        spec.config = daybook_no_fields();
    }
    spec.tags = tags.get();
    spec.versions = versions.get();
    spec.capture = given.capture;
    spec.heartbeat_ms = given.heartbeat_ms;
    auto handle = ledger.handle();
    daybook_run* run = nullptr;
    without_gil(true, [&](daybook_error** error) {
        return daybook_ledger_start_run(handle.get(), &spec, &run, error);
    });
    return Run(std::move(handle), run, ledger.strict(), refuse);
}

Run Run::attach(const Ledger& ledger, nb::handle run_id, bool refuse) {
    Reading reading(Nonfinite::kRefuse);
    Owned owned;
    daybook_str id;
    if (!read_text(run_id.ptr(), "run_id", owned, id, reading)) raise_problem(reading);
    auto handle = ledger.handle();
    daybook_run* run = nullptr;
    without_gil(true, [&](daybook_error** error) {
        return daybook_ledger_attach(handle.get(), id, &run, error);
    });
    return Run(std::move(handle), run, ledger.strict(), refuse);
}

std::shared_ptr<daybook_run> Run::handle() const {
    if (run_ == nullptr && strict_) raise_error(DAYBOOK_INVALID_ARGUMENT, kClosed);
    static std::atomic<bool> told = false;
    if (run_ == nullptr) warn_once(told, kClosed);
    return run_;
}

template <typename Call>
void Run::record(Call&& call) const {
    const auto run = handle();
    if (run == nullptr) return;
    without_gil(strict_, [&](daybook_error** error) { return call(run.get(), error); });
}

Reading Run::reading(Nonfinite otherwise) const {
    return Reading(refuse_ ? Nonfinite::kRefuse : otherwise);
}

bool Run::is_late() const {
    if (!Call::is_shut()) return false;
    // A daemon thread is ended by Python where it stands: nothing may be raised through it.
    if (strict_ && Call::shut_by_this_thread()) raise_error(DAYBOOK_INVALID_ARGUMENT, kLate);
    static std::atomic<bool> told = false;
    warn_once(told, kLate);
    return true;
}

void Run::forgive(Reading& reading) const {
    if (strict_ || reading.problem.empty() || reading.interruption) return;
    static std::atomic<bool> told = false;
    warn_once(told, "record: " + reading.problem + "; it is recorded without that");
    reading.problem.clear();
}

bool Run::ready(Reading& reading, bool read_well) const {
    if (read_well && reading.problem.empty()) return true;
    let_through(reading);
    if (strict_) raise_problem(reading);
    const std::string& message = reading.problem;
    const auto run = handle();
    if (run != nullptr) daybook_run_count_failure(run.get(), {message.data(), message.size()});
    return false;
}

std::string Run::id() const {
    const auto run = handle();
    return daybook_run_id(run.get());
}

nb::object Run::artifact_directory() const {
    const char* directory = nullptr;
    const auto run = handle();
    if (run == nullptr) raise_error(DAYBOOK_INVALID_ARGUMENT, kClosed);
    without_gil(true, [&](daybook_error** error) {
        return daybook_run_artifact_directory(run.get(), &directory, error);
    });
    return nb::str(directory);
}

void Run::record_environment(nb::handle packages, std::int64_t limit_ms) const {
    if (is_late()) return;
    Reading reading(Nonfinite::kText);
    Object read;
    if (!ready(reading, read.read(packages.ptr(), "packages", reading))) return;
    record([&](daybook_run* run, daybook_error** error) {
        return daybook_run_record_environment(run, read.get(), limit_ms, error);
    });
}

void Run::record_trial(nb::handle trial_id, nb::handle params, nb::handle metrics, nb::handle state,
                       nb::handle feasible, nb::handle violations, nb::handle duration_ms,
                       nb::handle started_at_ms, nb::handle error, nb::handle durability) const {
    if (is_late()) return;
    Reading read = reading(Nonfinite::kNull);
    Owned owned;
    Object params_read;
    Object metrics_read;
    Texts violations_read;
    daybook_str id;
    daybook_trial_options options = daybook_trial_options_init();
    const auto text = [&](nb::handle object, const char* what, daybook_str& out) {
        return read_text(object.ptr(), what, owned, out, read);
    };
    const auto option = [&](nb::handle object, auto&& read_it) {
        if (object.is_none()) return;
        read_it();
        forgive(read);
    };
    const auto whole = [&](nb::handle object, const char* what, auto& given, std::int64_t& value) {
        option(object, [&] { given = read_integer(object, what, true, value, read) ? 1 : 0; });
    };
    const bool read_well = text(trial_id, "trial_id", id) &&
                           params_read.read(params.ptr(), "params", read) &&
                           metrics_read.read(metrics.ptr(), "metrics", read);
    if (read_well) {
        option(state, [&] { text(state, "state", options.state); });
        option(error, [&] { text(error, "error", options.error_message); });
        option(violations, [&] { violations_read.read(violations, "violations", read); });
        whole(duration_ms, "duration_ms", options.has_duration_ms, options.duration_ms);
        whole(started_at_ms, "started_at_ms", options.has_started_at_ms, options.started_at_ms);
        option(feasible, [&] { options.feasible = read_truth(feasible, "feasible", read); });
        option(durability, [&] { options.durability = read_durability(durability, read); });
    }
    if (!ready(read, read_well)) return;
    options.violations = violations_read.data();
    options.violations_count = violations_read.size();
    options.nonfinite = read.nonfinite_object();
    record([&](daybook_run* run, daybook_error** out) {
        return daybook_run_record_trial(run, id, params_read.get(), metrics_read.get(), &options,
                                        out);
    });
}

void Run::record_metrics(nb::handle metrics, nb::handle step, nb::handle trial_id,
                         nb::handle durability) const {
    if (is_late()) return;
    Reading read = reading(Nonfinite::kLeaveOut);
    Owned owned;
    Object metrics_read;
    daybook_metric_options options = daybook_metric_options_init();
    const bool read_well = metrics_read.read(metrics.ptr(), "metrics", read) &&
                           read_text(trial_id.ptr(), "trial_id", owned, options.trial_id, read);
    if (read_well) {
        options.durability = read_durability(durability, read);
        forgive(read);
        options.has_step = read_integer(step, "step", false, options.step, read) ? 1 : 0;
    }
    if (!ready(read, read_well)) return;
    options.nonfinite = read.nonfinite_object();
    record([&](daybook_run* run, daybook_error** error) {
        return daybook_run_record_metrics(run, metrics_read.get(), &options, error);
    });
}

void Run::add_artifact(nb::handle path, nb::handle type, nb::handle rows, nb::handle format,
                       nb::handle trial_id, bool copy) const {
    if (is_late()) return;
    Reading read(Nonfinite::kRefuse);
    Owned owned;
    daybook_str type_read;
    daybook_artifact_options options = daybook_artifact_options_init();
    options.copy = copy ? 1 : 0;
    PyObject* encoded = nullptr;
    bool read_well = PyUnicode_FSConverter(path.ptr(), &encoded) != 0;
    const nb::object bytes = nb::steal(encoded);
    if (!read_well) read.problem = "path: " + take_python_error(read);
    read_well = read_well && read_text(type.ptr(), "type", owned, type_read, read) &&
                read_text(format.ptr(), "format", owned, options.format, read) &&
                read_text(trial_id.ptr(), "trial_id", owned, options.trial_id, read);
    options.has_rows = read_integer(rows, "rows", false, options.rows, read) ? 1 : 0;
    if (!ready(read, read_well)) return;
    const char* const name = PyBytes_AS_STRING(bytes.ptr());
    record([&](daybook_run* run, daybook_error** error) {
        return daybook_run_add_artifact(run, name, type_read, &options, error);
    });
}

void Run::tag(nb::handle tags) const {
    if (is_late()) return;
    Reading read = reading(Nonfinite::kText);
    Object tags_read;
    if (!ready(read, tags_read.read(tags.ptr(), "tags", read))) return;
    record([&](daybook_run* run, daybook_error** error) {
        return daybook_run_tag(run, tags_read.get(), error);
    });
}

void Run::note(nb::handle text, nb::handle author) const {
    if (is_late()) return;
    Reading read = reading(Nonfinite::kText);
    Owned owned;
    daybook_str text_read;
    daybook_str author_read;
    if (!ready(read, read_text(text.ptr(), "text", owned, text_read, read) &&
                         read_text(author.ptr(), "author", owned, author_read, read))) {
        return;
    }
    record([&](daybook_run* run, daybook_error** error) {
        return daybook_run_note(run, text_read, author_read, error);
    });
}

void Run::complete(nb::handle summary, nb::handle artifact_paths) const {
    if (is_late()) return;
    Reading read = reading(Nonfinite::kText);
    Object summary_read;
    Object paths_read;
    if (!ready(read, summary_read.read(summary.ptr(), "summary", read) &&
                         paths_read.read(artifact_paths.ptr(), "artifact_paths", read))) {
        return;
    }
    record([&](daybook_run* run, daybook_error** error) {
        return daybook_run_complete(run, summary_read.get(), paths_read.get(), error);
    });
}

void Run::fail(nb::handle message, nb::handle kind, nb::handle trace, nb::handle phase_name,
               nb::handle summary, nb::handle artifact_paths) const {
    if (is_late()) return;
    Reading read = reading(Nonfinite::kText);
    Owned owned;
    Object summary_read;
    Object paths_read;
    daybook_str message_read;
    daybook_failure_options options = daybook_failure_options_init();
    const auto text = [&](nb::handle object, const char* what, daybook_str& out) {
        return read_text(object.ptr(), what, owned, out, read);
    };
    const bool read_well =
        text(message, "message", message_read) && text(kind, "kind", options.kind) &&
        text(trace, "trace", options.trace) && text(phase_name, "phase_name", options.phase_name) &&
        summary_read.read(summary.ptr(), "summary", read) &&
        paths_read.read(artifact_paths.ptr(), "artifact_paths", read);
    if (!ready(read, read_well)) return;
    options.summary = summary_read.get();
    options.artifact_paths = paths_read.get();
    record([&](daybook_run* run, daybook_error** error) {
        return daybook_run_fail(run, message_read, &options, error);
    });
}

void Run::cancel(nb::handle reason) const {
    if (is_late()) return;
    Reading read(Nonfinite::kText);
    Owned owned;
    daybook_str reason_read;
    if (!ready(read, read_text(reason.ptr(), "reason", owned, reason_read, read))) return;
    record([&](daybook_run* run, daybook_error** error) {
        return daybook_run_cancel(run, reason_read, error);
    });
}

Phase Run::begin_phase(nb::handle name, nb::handle order) const {
    Reading read(Nonfinite::kText);
    Owned owned;
    daybook_str name_read;
    std::int64_t place = 0;
    const bool has_place = read_integer(order, "order", false, place, read);
    const bool read_well =
        read.problem.empty() && read_text(name.ptr(), "phase_name", owned, name_read, read);
    auto run = handle();
    daybook_phase* phase = nullptr;
    if (run != nullptr && ready(read, read_well)) {
        without_gil(strict_, [&](daybook_error** error) {
            return daybook_run_begin_phase(run.get(), name_read, has_place ? &place : nullptr,
                                           &phase, error);
        });
    }
    return Phase(std::move(run), phase, strict_);
}

void Run::count_failure(nb::handle message) const {
    Reading read(Nonfinite::kText);
    Owned owned;
    daybook_str text;
    if (!read_text(message.ptr(), "message", owned, text, read)) text = daybook_text("");
    const auto run = handle();
    if (run != nullptr) daybook_run_count_failure(run.get(), text);
}

void Run::leave_open() {
    if (run_ != nullptr) new std::shared_ptr<daybook_run>(std::move(run_));  // NOLINT: for ever.
}

void Run::close() {
    std::shared_ptr<daybook_run> last = std::move(run_);
    if (last == nullptr) return;
    const WithoutGil released;
    last.reset();  // Ends the run if it is open and no other call is under way.
}

}  // namespace daybook::python
