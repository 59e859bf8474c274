#include "cli/run_created.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "capture/secrets.h"
#include "capture/variables.h"
#include "json/encode_event.h"
#include "json/writer.h"

namespace daybook::cli {
namespace {

// Which flag a field comes from.
constexpr std::array kFlags = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"/run_id", "--run-id"},
    {"/run_type", "--type"},
    {"/name", "--name"},
    {"/experiment", "--experiment"},
    {"/parent_run_id", "--parent"},
    {"/tags", "--tag"},
    {"/config", "--config"},
    {"/data_fingerprint", "--data-fingerprint"},
});

// "emit run.created: /tags/a: found …" as "--tag a: found …".
std::string name_flag(std::string_view message) {
    for (const auto& [field, flag] : kFlags) {
        const std::string place = fmt::format(": {}", field);
        const std::size_t at = message.find(place);
        if (at == std::string_view::npos) continue;
        std::string_view rest = message.substr(at + place.size());
        if (rest.starts_with(':')) return fmt::format("{}{}", flag, rest);
        if (rest.starts_with('/')) return fmt::format("{} {}", flag, rest.substr(1));
    }
    return std::string(message);
}

}  // namespace

event::RunCreated run_created(const ProgramRunSpec& spec, std::vector<Field>& tags) {
    for (const auto& [key, value] : spec.tags) tags.push_back({key, std::string_view(value)});
    return {.run_type = spec.run_type,
            .config = Json{spec.config_json},
            .data_fingerprint = spec.data_fingerprint,
            .name = spec.name,
            .experiment = spec.experiment,
            .parent_run_id = spec.parent_run_id,
            .tags = tags.empty() ? std::nullopt : std::optional<Fields>(tags),
            .seed = spec.seed};
}

Status check_run_created(std::string_view run_id, const ProgramRunSpec& spec) {
    std::vector<Field> tags;
    std::string unused;
    const auto draft = json::encode_event(run_id, run_created(spec, tags), unused);
    if (!draft) return fail(draft.error().code(), "{}", name_flag(draft.error().message()));
    return {};
}

std::string command_config(const std::vector<std::string>& argv) {
    const std::vector<std::string_view> given(argv.begin(), argv.end());
    std::vector<std::string> shown = capture::mask_arguments(given);
    for (std::string& word : shown) word = capture::as_utf8(word);
    const std::vector<std::string_view> words(shown.begin(), shown.end());
    std::string list;
    json::Writer(list).strings(words);
    return "{\"command\":" + list + "}";
}

}  // namespace daybook::cli
