#include <string>

#include "handles.h"
#include "json_text.h"

namespace daybook::python {
namespace {

void warn_of(daybook_str message, void*) { warn({message.data, message.size}); }

daybook_ledger_options options_of(bool strict, bool create) {
    daybook_ledger_options options = daybook_ledger_options_init();
    options.create = create ? 1 : 0;
    options.on_warning = warn_of;
    options.failure_policy = strict ? DAYBOOK_FAILURE_RETURN : DAYBOOK_FAILURE_KEEP;
    return options;
}

// trial.recorded has null where a number is missing; metric.recorded has numbers only.
Nonfinite policy_of(nb::handle event) {
    const nb::object type = nb::steal(PyObject_CallMethod(event.ptr(), "get", "s", "event_type"));
    const char* const name =
        type.is_valid() && PyUnicode_Check(type.ptr()) ? PyUnicode_AsUTF8(type.ptr()) : nullptr;
    PyErr_Clear();
    if (name == nullptr) return Nonfinite::kText;
    if (std::string_view(name) == "trial.recorded") return Nonfinite::kNull;
    return std::string_view(name) == "metric.recorded" ? Nonfinite::kLeaveOut : Nonfinite::kText;
}

// The event with the numbers that were found beside those that it names itself; not valid if the
// problem is in `reading`.
nb::object with_nonfinite(nb::handle event, Reading& reading) {
    constexpr std::string_view kEvent = "/event";
    nb::object named = event.attr("get")("nonfinite");
    named = named.is_none() ? nb::dict()
                            : nb::steal(plain_object(named.ptr(), "event.nonfinite", reading));
    if (!named.is_valid()) return named;
    for (const daybook_field& field : reading.nonfinite) {
        const nb::str pointer(field.name.data + kEvent.size(), field.name.size - kEvent.size());
        named[pointer] = nb::str(field.value.text.data, field.value.text.size);
    }
    nb::dict whole;
    whole.update(event);
    whole["nonfinite"] = named;
    return whole;
}

// As JSON.  False: `reading` says why.
bool write_event(nb::handle event, Reading& reading, std::string& text) {
    if (!write_json(event.ptr(), "event", reading, text)) return false;
    if (reading.nonfinite.empty()) return true;
    try {
        const nb::object whole = with_nonfinite(event, reading);
        text.clear();
        return whole.is_valid() && write_json(whole.ptr(), "event", reading, text);
    } catch (nb::python_error& error) {
        error.restore();
        reading.problem = "event: " + take_python_error(reading);
        return false;
    }
}

}  // namespace

Ledger::Ledger(nb::handle directory, bool strict, bool create) : strict_(strict) {
    const daybook_ledger_options options = options_of(strict, create);
    daybook_ledger* ledger = nullptr;
    const nb::object path =
        directory.is_none() ? nb::object() : nb::steal(PyOS_FSPath(directory.ptr()));
    nb::object bytes;
    if (!directory.is_none()) {
        PyObject* encoded = nullptr;
        if (!path.is_valid() || PyUnicode_FSConverter(path.ptr(), &encoded) == 0) {
            nb::raise_python_error();
        }
        bytes = nb::steal(encoded);
    }
    const char* const name = bytes.is_valid() ? PyBytes_AS_STRING(bytes.ptr()) : nullptr;
    // Without a ledger there is nothing that could keep what fails, so this raises always.
    without_gil(true, [&](daybook_error** error) {
        return daybook_ledger_open(name, &options, &ledger, error);
    });
    ledger_ = std::shared_ptr<daybook_ledger>(ledger, daybook_ledger_close);
}

std::shared_ptr<daybook_ledger> Ledger::handle() const {
    if (ledger_ == nullptr) raise_error(DAYBOOK_INVALID_ARGUMENT, "ledger: it has been closed");
    return ledger_;
}

std::string Ledger::directory() const { return daybook_ledger_directory(handle().get()); }

nb::object Ledger::emit_json(nb::handle text, nb::handle durability) {
    Reading reading(Nonfinite::kRefuse);
    Owned owned;
    daybook_str event;
    if (!read_text(text.ptr(), "event", owned, event, reading)) raise_problem(reading);
    const daybook_durability wanted = read_durability(durability, reading);
    if (!reading.problem.empty()) {
        let_through(reading);
        if (strict_) raise_problem(reading);
        warn("emit: " + reading.problem + "; that of the event's type is taken");
    }
    const auto ledger = handle();
    char event_id[37] = {};
    without_gil(strict_, [&](daybook_error** error) {
        return daybook_ledger_emit_json(ledger.get(), event, wanted, event_id, error);
    });
    if (event_id[0] == '\0') return nb::none();
    return nb::str(event_id);
}

nb::object Ledger::emit(nb::handle event, nb::handle durability) {
    Reading reading(policy_of(event));
    std::string text;
    if (!write_event(event, reading, text)) {
        let_through(reading);
        if (strict_) raise_problem(reading);
        count_failure(event, reading.problem);
        return nb::none();
    }
    return emit_json(nb::str(text.c_str(), text.size()), durability);
}

// Failures are counted by run.
void Ledger::count_failure(nb::handle event, std::string_view problem) {
    const nb::object id = nb::steal(PyObject_CallMethod(event.ptr(), "get", "s", "run_id"));
    Reading reading(Nonfinite::kText);
    Owned owned;
    daybook_str run_id = daybook_text(nullptr);
    if (id.is_valid()) read_text(id.ptr(), "run_id", owned, run_id, reading);
    PyErr_Clear();
    daybook_run* run = nullptr;
    const auto ledger = handle();
    if (daybook_ledger_attach(ledger.get(), run_id, &run, nullptr) == DAYBOOK_OK) {
        daybook_run_count_failure(run, {problem.data(), problem.size()});
        daybook_run_free(run);
    } else {
        warn(problem);
    }
}

void Ledger::flush() {
    const auto ledger = handle();
    without_gil(true,
                [&](daybook_error** error) { return daybook_ledger_flush(ledger.get(), error); });
}

void Ledger::sync() {
    const auto ledger = handle();
    without_gil(true,
                [&](daybook_error** error) { return daybook_ledger_sync(ledger.get(), error); });
}

nb::dict Ledger::stats() const {
    daybook_ledger_stats found = daybook_ledger_stats_init();
    daybook_error* last = nullptr;
    Outcome outcome;
    const auto ledger = handle();
    outcome.settle(daybook_ledger_get_stats(ledger.get(), &found, &last, outcome.out()), true);
    nb::dict stats;
    stats["recorded"] = found.recorded;
    stats["failures"] = found.failures;
    stats["kept"] = found.kept;
    stats["retried"] = found.retried;
    stats["dropped"] = found.dropped;
    stats["last_failure"] =
        last == nullptr ? nb::object(nb::none()) : nb::str(daybook_error_message(last));
    daybook_error_free(last);
    return stats;
}

void Ledger::close() {
    // Taken while the GIL is held: another thread may be asking for it.
    std::shared_ptr<daybook_ledger> last = std::move(ledger_);
    if (last == nullptr) return;
    const WithoutGil released;
    last.reset();
}

}  // namespace daybook::python
