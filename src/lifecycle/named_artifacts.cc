#include "lifecycle/named_artifacts.h"

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/calendar.h"
#include "json/reader.h"
#include "ledger/artifact_layout.h"
#include "os/file.h"

namespace daybook::lifecycle {
namespace {

constexpr std::string_view kRoot = "artifacts";
constexpr std::string_view kRunId = "\"run_id\":\"";
constexpr std::size_t kManifestBytesMax = std::size_t{256} << 20;

// Directories whose files have names of one length, so that what follows them in a text does not
// matter: "see artifacts/code/….diff, please".
struct FixedName {
    std::string_view directory;
    std::size_t chars;  // of the whole path
};
constexpr FixedName kFixedNames[] = {
    {"artifacts/objects/", sizeof("artifacts/objects/") - 1 + 65},
    {"artifacts/code/", sizeof("artifacts/code/") - 1 + 64 + sizeof(".diff") - 1},
    {"artifacts/inputs/", sizeof("artifacts/inputs/") - 1 + 64 + sizeof(".parquet") - 1},
};

// What stands in JSON from `text` on, up to the quote that ends the string it lies in.
std::string rest_of_string(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2U : 1U;
    const std::string_view raw = text.substr(0, end);
    if (raw.find('\\') == std::string_view::npos) return std::string(raw);
    const std::string quoted = fmt::format("\"{}\"", raw);
    json::Reader reader(quoted, "path");
    std::string_view read;
    return std::string(reader.string(&read) ? read : raw);
}

void add_retained(const nlohmann::json& entry, RetainedRuns& runs) {
    const auto at = entry.find("at");
    const auto named = entry.find("runs");
    if (at == entry.end() || !at->is_string() || named == entry.end() || !named->is_array()) return;
    const std::optional<TimestampMs> time = parse_iso8601(at->get<std::string>());
    if (!time) return;
    for (const nlohmann::json& run : *named) {
        if (!run.is_string()) continue;
        TimestampMs& known = runs.try_emplace(run.get<std::string>(), *time).first->second;
        if (known < *time) known = *time;
    }
}

}  // namespace

Result<RetainedRuns> read_retained_runs(const ledger::LedgerDir& dir) {
    RetainedRuns runs;
    ASSIGN_OR_RETURN(const bool there, os::exists(dir.archive_dir()));
    if (!there) return runs;
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> days, os::list_dir(dir.archive_dir()));
    for (const os::DirEntry& day : days) {
        if (!day.is_directory || !log::parse_day_dir(day.name)) continue;
        const std::string path = os::join_path(dir.archive_dir(), day.name + "/manifest.json");
        const Result<std::string> text = os::read_file(path, kManifestBytesMax);
        if (!text && text.error().code() == ErrorCode::kNotFound) continue;
        if (!text) return fail(text.error());
        const nlohmann::json manifest = nlohmann::json::parse(*text, nullptr, false);
        if (!manifest.is_object()) {
            return fail(ErrorCode::kCorrupt, "read {}: it is no JSON object", path);
        }
        const auto retained = manifest.find("retained");
        if (retained == manifest.end() || !retained->is_array()) continue;
        for (const nlohmann::json& entry : *retained) {
            if (entry.is_object()) add_retained(entry, runs);
        }
    }
    return runs;
}

Status NamedArtifacts::read_on(const Progress& progress) {
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(source_));
    std::uint64_t total = 0;
    for (const log::PartInfo& part : parts) total += part.size.value();
    std::uint64_t done = 0;
    for (const log::PartInfo& part : parts) {
        if (progress && !progress(done, total)) {
            return fail(ErrorCode::kCancelled, "read the log: interrupted");
        }
        const auto read = read_.find(part.id);
        if (read == read_.end() || read->second < part.size) RETURN_IF_ERROR(read_part(part));
        done += part.size.value();
    }
    paths_.settle();
    runs_.settle();
    return {};
}

Status NamedArtifacts::read_part(const log::PartInfo& part) {
    ByteOffset& from = read_.try_emplace(part.id, ByteOffset(0)).first->second;
    ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(source_, part.id, from));
    while (true) {
        ASSIGN_OR_RETURN(const log::Line* const line, reader.next_line());
        if (line == nullptr) break;
        see(*line);
        ++lines_;
    }
    from = reader.offset();
    return {};
}

void NamedArtifacts::see(const log::Line& line) {
    const std::optional<json::Envelope> event = envelopes_.read(line.text);
    if (event && is_left_of_retained(*event)) {
        // The tree that a summary's run started from is part of the summary.
        if (event->event_type == "run.environment" || event->event_type == "run.created") {
            add_paths(line.text);
        }
        return;
    }
    if (event) {
        see_run(event->run_id);
    } else if (const std::size_t at = line.text.find(kRunId); at != std::string_view::npos) {
        see_run(rest_of_string(line.text.substr(at + kRunId.size())));
    }
    add_paths(line.text);
}

bool NamedArtifacts::is_left_of_retained(const json::Envelope& event) const {
    if (retained_.empty()) return false;
    const auto retained = retained_.find(event.run_id);
    return retained != retained_.end() && event.timestamp <= retained->second;
}

void NamedArtifacts::see_run(std::string_view run_id) {
    if (run_id == last_run_) return;
    last_run_ = run_id;
    const Result<std::string> name = ledger::run_directory_name(run_id);
    if (name) runs_.add(*name);
}

void NamedArtifacts::add_paths(std::string_view text) {
    for (std::size_t at = text.find(kRoot); at != std::string_view::npos;
         at = text.find(kRoot, at + kRoot.size())) {
        const std::string_view after = text.substr(at + kRoot.size());
        if (!after.starts_with('/') && !after.starts_with("\\/")) continue;
        std::string path = rest_of_string(text.substr(at));
        for (const FixedName& fixed : kFixedNames) {
            if (path.starts_with(fixed.directory)) path.resize(std::min(path.size(), fixed.chars));
        }
        while (path.ends_with('/')) path.pop_back();
        paths_.add(path);
    }
}

bool NamedArtifacts::names(std::string_view path) const {
    // "artifacts/runs" names nothing: an event that has it means no file of one run.
    constexpr std::size_t kLevelsMin = 2;
    while (std::count(path.begin(), path.end(), '/') >= std::ptrdiff_t{kLevelsMin}) {
        if (paths_.contains(path)) return true;
        path = path.substr(0, path.rfind('/'));
    }
    return false;
}

}  // namespace daybook::lifecycle
