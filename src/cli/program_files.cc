#include "cli/program_files.h"

#include <fmt/format.h>

#include "ledger/artifact_facts.h"
#include "ledger/object_store.h"
#include "os/file.h"
#include "os/glob.h"

namespace daybook::cli {
namespace {

// File systems take their times from a clock that ticks some hundred times a second.
constexpr std::int64_t kClockGrainMs = 20;

bool is_older(const std::string& path, TimestampMs begun) {
    const auto info = os::file_info(path);
    return info && *info && (*info)->modified_ns / 1'000'000 + kClockGrainMs < begun.value();
}

event::ArtifactCreated artifact_created(const ledger::ArtifactFacts& facts, std::string_view type) {
    event::ArtifactCreated event{.artifact_type = type,
                                 .artifact_path = facts.path,
                                 .size_bytes = facts.size_bytes,
                                 .sha256 = facts.sha256};
    if (facts.format) event.format = *facts.format;
    return event;
}

}  // namespace

Status keep_file(RunRecorder& recorder, const std::string& path, std::string_view type) {
    ASSIGN_OR_RETURN(const ledger::ArtifactFacts facts,
                     ledger::artifact_facts(recorder.ledger_dir(), path));
    recorder.emit(artifact_created(facts, type));
    return {};
}

Status keep_copy(RunRecorder& recorder, const std::string& path, std::string_view type) {
    // Kept until the event is on its way: until then nobody may take the copy for forgotten.
    ASSIGN_OR_RETURN(const ledger::CopiedArtifact copied,
                     ledger::copy_artifact(recorder.ledger_dir(), path));
    event::ArtifactCreated event = artifact_created(copied.facts, type);
    const Field extra[] = {{"original_path", copied.original_path}};
    event.extra = std::span<const Field>(extra);
    recorder.emit(event);
    return {};
}

Status keep_output(RunRecorder& recorder, const std::string& directory, std::string_view type,
                   const KeptOutput& kept) {
    if (kept.bytes() == 0) return {};
    RETURN_IF_ERROR(os::make_dirs(directory));
    const std::string path = os::join_path(directory, fmt::format("{}.log", type));
    RETURN_IF_ERROR(os::write_file_atomic(path, kept.text()));
    return keep_file(recorder, path, type);
}

void keep_matching(RunRecorder& recorder, const std::vector<std::string>& patterns, bool copy,
                   TimestampMs begun, RunNotes& notes) {
    for (const std::string& pattern : patterns) {
        const auto files = os::matching_files(pattern);
        if (!files) {
            notes.remark(fmt::format("--artifact: {}", files.error().message()));
            continue;
        }
        if (files->empty()) notes.remark(fmt::format("--artifact {}: no file matches", pattern));
        for (const std::string& path : *files) {
            if (is_older(path, begun)) {
                notes.remark(fmt::format("--artifact {}: {} was last written before the run began",
                                         pattern, path));
            }
            const Status kept =
                copy ? keep_copy(recorder, path, "file") : keep_file(recorder, path, "file");
            if (!kept) notes.remark(kept.error().message());
        }
    }
}

}  // namespace daybook::cli
