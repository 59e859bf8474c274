#include "run.h"

#include <vector>

#include "arguments.h"
#include "functions.h"

namespace daybook::node {

Run* run_of(const Napi::CallbackInfo& info) {
    Run* const run = instance_of(info).runs.peek(index_of(info[0]));
    if (run == nullptr) throw_misuse(info.Env(), "run: it has ended already");
    return run;
}

namespace {

// The text of a daybook_run_spec, which only borrows it.
struct SpecText {
    std::optional<std::string> type, config, data_fingerprint, run_id, name, experiment,
        parent_run_id, tags, versions;
    std::vector<std::string> argv;
    std::vector<daybook_str> argv_views;

    explicit SpecText(const Napi::Object& given)
        : type(text_member(given, "type")),
          config(text_member(given, "config")),
          data_fingerprint(text_member(given, "dataFingerprint")),
          run_id(text_member(given, "runId")),
          name(text_member(given, "name")),
          experiment(text_member(given, "experiment")),
          parent_run_id(text_member(given, "parentRunId")),
          tags(text_member(given, "tags")),
          versions(text_member(given, "versions")) {
        const auto list = given.Get("argv").As<Napi::Array>();
        for (std::uint32_t i = 0; i < list.Length(); ++i) argv.push_back(text_of(list.Get(i)));
        for (const std::string& argument : argv) argv_views.push_back(borrowed(argument));
    }
};

daybook_run_spec spec_of(const SpecText& text, const Napi::Object& given) {
    daybook_run_spec spec = daybook_run_spec_init();
    spec.type = borrowed(text.type);
    spec.config = json_object(text.config);
    spec.data_fingerprint = borrowed(text.data_fingerprint);
    spec.run_id = borrowed(text.run_id);
    spec.name = borrowed(text.name);
    spec.experiment = borrowed(text.experiment);
    spec.parent_run_id = borrowed(text.parent_run_id);
    spec.tags = json_object(text.tags);
    spec.versions = json_object(text.versions);
    spec.argv = text.argv_views.data();
    spec.argc = text.argv_views.size();
    if (const std::optional<std::int64_t> seed = integer_member(given, "seed")) {
        spec.has_seed = 1;
        spec.seed = *seed;
    }
    spec.capture =
        given.Get("capture").ToBoolean() ? DAYBOOK_CAPTURE_AT_HAND : DAYBOOK_CAPTURE_NONE;
    spec.heartbeat_ms = integer_member(given, "heartbeatMs").value_or(0);
    return spec;
}

std::shared_ptr<Ledger> shared_ledger_of(const Napi::CallbackInfo& info) {
    std::shared_ptr<Ledger> ledger = instance_of(info).ledgers.at(index_of(info[0]));
    if (!ledger) throw_misuse(info.Env(), "ledger: it has been closed");
    return ledger;
}

Napi::Value added(const Napi::CallbackInfo& info, std::shared_ptr<Ledger> ledger,
                  daybook_run* handle, bool attached) {
    auto run = std::make_shared<Run>(std::move(ledger), handle, attached);
    const std::size_t index = instance_of(info).runs.add(std::move(run));
    return Napi::Number::New(info.Env(), static_cast<double>(index));
}

// (ledger, spec) => number
Napi::Value start_run(const Napi::CallbackInfo& info) {
    std::shared_ptr<Ledger> ledger = shared_ledger_of(info);
    if (!ledger) return {};
    const auto given = info[1].As<Napi::Object>();
    const SpecText text(given);
    const daybook_run_spec spec = spec_of(text, given);
    daybook_run* handle = nullptr;
    Caught caught;
    const daybook_code code =
        daybook_ledger_start_run(ledger->handle, &spec, &handle, caught.out());
    if (!caught.passes(info.Env(), code)) return {};
    return added(info, std::move(ledger), handle, false);
}

// (ledger, runId: string) => number
Napi::Value attach(const Napi::CallbackInfo& info) {
    std::shared_ptr<Ledger> ledger = shared_ledger_of(info);
    if (!ledger) return {};
    const std::string run_id = text_of(info[1]);
    daybook_run* handle = nullptr;
    Caught caught;
    const daybook_code code =
        daybook_ledger_attach(ledger->handle, borrowed(run_id), &handle, caught.out());
    if (!caught.passes(info.Env(), code)) return {};
    return added(info, std::move(ledger), handle, true);
}

// (run) => string
Napi::Value run_id(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return {};
    return Napi::String::New(info.Env(), daybook_run_id(run->handle));
}

// (run) => string
Napi::Value artifact_directory(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return {};
    const char* directory = "";
    Caught caught;
    const daybook_code code = daybook_run_artifact_directory(run->handle, &directory, caught.out());
    if (!caught.passes(info.Env(), code)) return {};
    return Napi::String::New(info.Env(), directory);
}

// (run, message: string) => void
void count_failure(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return;
    const std::string message = text_of(info[1]);
    daybook_run_count_failure(run->handle, borrowed(message));
}

// (run, summary: json, artifactPaths: json) => void
void complete(const Napi::CallbackInfo& info) {
    Run* const run = run_of(info);
    if (run == nullptr) return;
    const std::optional<std::string> summary = optional_text(info[1]);
    const std::optional<std::string> paths = optional_text(info[2]);
    Caught caught;
    run->ended = caught.passes(info.Env(), daybook_run_complete(run->handle, json_object(summary),
                                                                json_object(paths), caught.out()));
}

// (run, message: string, options) => void
void fail(const Napi::CallbackInfo& info) {
    Run* const run = run_of(info);
    if (run == nullptr) return;
    const std::string message = text_of(info[1]);
    const FailureText text(info[2].As<Napi::Object>());
    const daybook_failure_options options = text.options();
    Caught caught;
    run->ended = caught.passes(
        info.Env(), daybook_run_fail(run->handle, borrowed(message), &options, caught.out()));
}

// (run, reason: string | undefined) => void
void cancel(const Napi::CallbackInfo& info) {
    Run* const run = run_of(info);
    if (run == nullptr) return;
    const std::optional<std::string> reason = optional_text(info[1]);
    Caught caught;
    run->ended =
        caught.passes(info.Env(), daybook_run_cancel(run->handle, borrowed(reason), caught.out()));
}

// (run) => void
void free_run(const Napi::CallbackInfo& info) {
    Instance& instance = instance_of(info);
    const std::size_t index = index_of(info[0]);
    const std::shared_ptr<Run> run = instance.runs.at(index);
    if (!run) return;
    for (const std::size_t phase : run->phases) instance.phases.remove(phase);
    instance.runs.remove(index);
}

}  // namespace

FailureText::FailureText(const Napi::Object& given)
    : kind_(text_member(given, "kind")),
      trace_(text_member(given, "trace")),
      phase_name_(text_member(given, "phaseName")),
      summary_(text_member(given, "summary")),
      artifact_paths_(text_member(given, "artifactPaths")) {}

daybook_failure_options FailureText::options() const {
    daybook_failure_options options = daybook_failure_options_init();
    options.kind = borrowed(kind_);
    options.trace = borrowed(trace_);
    options.phase_name = borrowed(phase_name_);
    options.summary = json_object(summary_);
    options.artifact_paths = json_object(artifact_paths_);
    return options;
}

void add_run_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("startRun", Napi::Function::New<start_run>(env));
    exports.Set("attach", Napi::Function::New<attach>(env));
    exports.Set("runId", Napi::Function::New<run_id>(env));
    exports.Set("artifactDirectory", Napi::Function::New<artifact_directory>(env));
    exports.Set("countFailure", Napi::Function::New<count_failure>(env));
    exports.Set("complete", Napi::Function::New<complete>(env));
    exports.Set("fail", Napi::Function::New<fail>(env));
    exports.Set("cancel", Napi::Function::New<cancel>(env));
    exports.Set("freeRun", Napi::Function::New<free_run>(env));
}

}  // namespace daybook::node
