#include <vector>

#include "arguments.h"
#include "functions.h"
#include "run.h"

namespace daybook::node {
namespace {

// (slots: number, textBytes: number) => {slots: ArrayBuffer, text: ArrayBuffer}
Napi::Value allocate_frame(const Napi::CallbackInfo& info) {
    return instance_of(info).frames.top().allocate(info.Env(), index_of(info[0]),
                                                   index_of(info[1]));
}

// (name: string) => number
Napi::Value intern(const Napi::CallbackInfo& info) {
    const std::size_t number = instance_of(info).frames.top().intern(text_of(info[0]));
    return Napi::Number::New(info.Env(), static_cast<double>(number));
}

// () => void: names get new numbers from 0.
void forget_names(const Napi::CallbackInfo& info) { instance_of(info).frames.top().forget_names(); }

// () => void: until popFrame() all calls are about another frame.
void push_frame(const Napi::CallbackInfo& info) { instance_of(info).frames.push(); }
void pop_frame(const Napi::CallbackInfo& info) { instance_of(info).frames.pop(); }

// The rare ones, beside those that come in the frame.
class TrialExtras {
public:
    TrialExtras(const Napi::Object& given, daybook_trial_options& options)
        : state_(text_member(given, "state")), error_(text_member(given, "error")) {
        options.state = borrowed(state_);
        options.error_message = borrowed(error_);
        if (const Napi::Value feasible = given.Get("feasible"); feasible.IsBoolean()) {
            options.feasible = feasible.ToBoolean() ? 1 : 0;
        }
        if (const Napi::Value list = given.Get("violations"); list.IsArray()) {
            const auto names = list.As<Napi::Array>();
            for (std::uint32_t i = 0; i < names.Length(); ++i) {
                violations_.push_back(text_of(names.Get(i)));
            }
            for (const std::string& name : violations_) views_.push_back(borrowed(name));
            options.violations = views_.data();
            options.violations_count = views_.size();
        }
        if (const auto duration = integer_member(given, "durationMs")) {
            options.has_duration_ms = 1;
            options.duration_ms = *duration;
        }
        if (const auto started = integer_member(given, "startedAtMs")) {
            options.has_started_at_ms = 1;
            options.started_at_ms = *started;
        }
    }

private:
    std::optional<std::string> state_, error_;
    std::vector<std::string> violations_;
    std::vector<daybook_str> views_;
};

// (run, idBytes, params, metrics, nonfinite, durability, extras?) => void: counts of fields in the
// frame, in this order; before them the id's text.
Napi::Value record_trial(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return {};
    Frame& frame = instance_of(info).frames.top();
    frame.rewind();
    const daybook_str id = frame.read_text(index_of(info[1]));
    const daybook_object params = frame.read_object(index_of(info[2]));
    const daybook_object metrics = frame.read_object(index_of(info[3]));
    daybook_trial_options options = daybook_trial_options_init();
    options.nonfinite = frame.read_object(index_of(info[4]));
    options.durability = static_cast<daybook_durability>(index_of(info[5]));
    std::optional<TrialExtras> extras;
    if (info[6].IsObject()) extras.emplace(info[6].As<Napi::Object>(), options);
    Caught caught;
    caught.passes(info.Env(), daybook_run_record_trial(run->handle, id, params, metrics, &options,
                                                       caught.out()));
    return {};
}

// (run, trialIdBytes, metrics, nonfinite, durability, step?) => void; trialIdBytes 0: of no trial.
Napi::Value record_metrics(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return {};
    Frame& frame = instance_of(info).frames.top();
    frame.rewind();
    daybook_metric_options options = daybook_metric_options_init();
    const std::size_t trial_id_bytes = index_of(info[1]);
    if (trial_id_bytes > 0) options.trial_id = frame.read_text(trial_id_bytes);
    const daybook_object metrics = frame.read_object(index_of(info[2]));
    options.nonfinite = frame.read_object(index_of(info[3]));
    options.durability = static_cast<daybook_durability>(index_of(info[4]));
    if (const std::optional<std::int64_t> step = optional_integer(info[5])) {
        options.has_step = 1;
        options.step = *step;
    }
    Caught caught;
    caught.passes(info.Env(),
                  daybook_run_record_metrics(run->handle, metrics, &options, caught.out()));
    return {};
}

// (run, path: string, type: string, options) => void
void add_artifact(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return;
    const std::string path = text_of(info[1]);
    const std::string type = text_of(info[2]);
    const auto given = info[3].As<Napi::Object>();
    const std::optional<std::string> format = text_member(given, "format");
    const std::optional<std::string> trial_id = text_member(given, "trialId");
    daybook_artifact_options options = daybook_artifact_options_init();
    options.format = borrowed(format);
    options.trial_id = borrowed(trial_id);
    if (const std::optional<std::int64_t> rows = integer_member(given, "rows")) {
        options.has_rows = 1;
        options.rows = *rows;
    }
    options.copy = flag_member(given, "copy") ? 1 : 0;
    Caught caught;
    caught.passes(info.Env(), daybook_run_add_artifact(run->handle, path.c_str(), borrowed(type),
                                                       &options, caught.out()));
}

// (run, tags: json) => void
void tag(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return;
    const std::optional<std::string> tags = optional_text(info[1]);
    Caught caught;
    caught.passes(info.Env(), daybook_run_tag(run->handle, json_object(tags), caught.out()));
}

// (run, text: string, author: string | undefined) => void
void note(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return;
    const std::string text = text_of(info[1]);
    const std::optional<std::string> author = optional_text(info[2]);
    Caught caught;
    caught.passes(info.Env(),
                  daybook_run_note(run->handle, borrowed(text), borrowed(author), caught.out()));
}

}  // namespace

void add_record_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("allocateFrame", Napi::Function::New<allocate_frame>(env));
    exports.Set("intern", Napi::Function::New<intern>(env));
    exports.Set("forgetNames", Napi::Function::New<forget_names>(env));
    exports.Set("pushFrame", Napi::Function::New<push_frame>(env));
    exports.Set("popFrame", Napi::Function::New<pop_frame>(env));
    exports.Set("recordTrial", Napi::Function::New<record_trial>(env));
    exports.Set("recordMetrics", Napi::Function::New<record_metrics>(env));
    exports.Set("addArtifact", Napi::Function::New<add_artifact>(env));
    exports.Set("tag", Napi::Function::New<tag>(env));
    exports.Set("note", Napi::Function::New<note>(env));
}

}  // namespace daybook::node
