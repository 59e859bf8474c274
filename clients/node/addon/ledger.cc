#include <cstdio>

#include "arguments.h"
#include "functions.h"
#include "handles.h"

namespace daybook::node {
namespace {

// From any thread, at most a few times in a process.
void warn(daybook_str message, void*) {
    std::fprintf(stderr, "daybook: %.*s\n", static_cast<int>(message.size), message.data);
}

// (directory: string | undefined, keep: boolean) => number
Napi::Value open_ledger(const Napi::CallbackInfo& info) {
    daybook_ledger_options options = daybook_ledger_options_init();
    options.on_warning = warn;
    const bool strict = !info[1].ToBoolean();
    options.failure_policy = strict ? DAYBOOK_FAILURE_RETURN : DAYBOOK_FAILURE_KEEP;
    const std::optional<std::string> directory = optional_text(info[0]);
    Caught caught;
    daybook_ledger* handle = nullptr;
    const daybook_code code = daybook_ledger_open(directory ? directory->c_str() : nullptr,
                                                  &options, &handle, caught.out());
    if (!caught.passes(info.Env(), code)) return {};
    const std::size_t index =
        instance_of(info).ledgers.add(std::make_shared<Ledger>(handle, strict));
    return Napi::Number::New(info.Env(), static_cast<double>(index));
}

// The ledger that the first argument names; null, and an exception, if there is none.
Ledger* ledger_of(const Napi::CallbackInfo& info) {
    Ledger* const ledger = instance_of(info).ledgers.peek(index_of(info[0]));
    if (ledger == nullptr) throw_misuse(info.Env(), "ledger: it has been closed");
    return ledger;
}

// (ledger) => string
Napi::Value ledger_directory(const Napi::CallbackInfo& info) {
    const Ledger* const ledger = ledger_of(info);
    if (ledger == nullptr) return {};
    return Napi::String::New(info.Env(), daybook_ledger_directory(ledger->handle));
}

// (ledger) => void
void close_ledger(const Napi::CallbackInfo& info) {
    instance_of(info).ledgers.remove(index_of(info[0]));
}

// (ledger) => void
void flush(const Napi::CallbackInfo& info) {
    const Ledger* const ledger = ledger_of(info);
    if (ledger == nullptr) return;
    Caught caught;
    caught.passes(info.Env(), daybook_ledger_flush(ledger->handle, caught.out()));
}

// (ledger, event: string, durability: number) => string: its id
Napi::Value emit_json(const Napi::CallbackInfo& info) {
    const Ledger* const ledger = ledger_of(info);
    if (ledger == nullptr) return {};
    const std::string event = text_of(info[1]);
    char event_id[37] = "";
    Caught caught;
    const daybook_code code = daybook_ledger_emit_json(
        ledger->handle, borrowed(event), info[2].ToNumber().Int32Value(), event_id, caught.out());
    if (!caught.passes(info.Env(), code)) return {};
    return Napi::String::New(info.Env(), event_id);
}

// (ledger) => {recorded, failures, kept, retried, dropped, lastFailure}
Napi::Value stats(const Napi::CallbackInfo& info) {
    const Ledger* const ledger = ledger_of(info);
    if (ledger == nullptr) return {};
    daybook_ledger_stats counts = daybook_ledger_stats_init();
    Caught last_failure;
    Caught caught;
    const daybook_code code =
        daybook_ledger_get_stats(ledger->handle, &counts, last_failure.out(), caught.out());
    if (!caught.passes(info.Env(), code)) return {};
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("recorded", static_cast<double>(counts.recorded));
    object.Set("failures", static_cast<double>(counts.failures));
    object.Set("kept", static_cast<double>(counts.kept));
    object.Set("retried", static_cast<double>(counts.retried));
    object.Set("dropped", static_cast<double>(counts.dropped));
    if (const std::string message = last_failure.message(); !message.empty()) {
        object.Set("lastFailure", message);
    }
    return object;
}

}  // namespace

void add_ledger_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("openLedger", Napi::Function::New<open_ledger>(env));
    exports.Set("ledgerDirectory", Napi::Function::New<ledger_directory>(env));
    exports.Set("closeLedger", Napi::Function::New<close_ledger>(env));
    exports.Set("flush", Napi::Function::New<flush>(env));
    exports.Set("emitJson", Napi::Function::New<emit_json>(env));
    exports.Set("stats", Napi::Function::New<stats>(env));
}

}  // namespace daybook::node
