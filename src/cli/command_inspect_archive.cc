// daybook inspect archive: what a manifest says of a day, held against what is there.

#include <optional>
#include <string>
#include <vector>

#include "archive/check_archives.h"
#include "archive/inflate.h"
#include "archive/manifest.h"
#include "base/hash.h"
#include "cli/context.h"
#include "cli/flags.h"
#include "cli/human.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kManifestName = "manifest.json";

// What is to be looked at: a manifest, or one file that it names.
struct ArchivePlace {
    std::string directory;
    std::string file{};  // empty: all
};

Result<ArchivePlace> place_of(const std::string& path) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    if (!info) return fail(ErrorCode::kNotFound, "inspect {}: it is not there", path);
    if (info->is_directory) return ArchivePlace{.directory = path};
    const std::string name = path.substr(path.rfind('/') + 1);
    return ArchivePlace{.directory = os::parent_path(path),
                        .file = name == kManifestName ? "" : name};
}

class InspectArchive final : public Command {
public:
    void declare(CLI::App& app) override {
        app.add_option("FILE", path_, "A manifest.json, its directory, or a file that it names")
            ->type_name("FILE")
            ->required();
    }

    Result<ExitCode> run(Context& context) override {
        const auto good = inspect(context);
        if (!good) return context.report(good.error(), ExitCode::kUsage);
        return *good ? ExitCode::kOk : ExitCode::kFailed;
    }

private:
    // Whether all is as the manifest says.
    Result<bool> inspect(Context& context) {
        ASSIGN_OR_RETURN(const ArchivePlace place, place_of(path_));
        const std::string manifest_path = os::join_path(place.directory, kManifestName);
        ASSIGN_OR_RETURN(const bool is_there, os::exists(manifest_path));
        if (!is_there) {
            return fail(ErrorCode::kNotFound,
                        "inspect {}: found no {}, expected an archived day, such as "
                        "LEDGER/archive/day=2026-01-23, or a file of one",
                        path_, manifest_path);
        }
        ASSIGN_OR_RETURN(const std::string text,
                         os::read_file(manifest_path, archive::kManifestBytesMax));
        ASSIGN_OR_RETURN(const archive::Manifest manifest,
                         archive::decode_manifest(text, manifest_path));
        if (!place.file.empty() && manifest.find_file(place.file) == nullptr) {
            return fail(ErrorCode::kCorrupt, "inspect {}: {} does not name it", path_,
                        manifest_path);
        }
        bool good = true;
        std::uint64_t archive_bytes = 0;
        for (const archive::ArchiveFile& file : manifest.files) {
            if (!place.file.empty() && file.name != place.file) continue;
            archive_bytes += file.bytes;
            ASSIGN_OR_RETURN(const auto findings, archive::check_file(place.directory, file));
            for (const ledger::VerifyFinding& finding : findings) {
                good = false;
                report_error(context.error_style,
                             fmt::format("{}: {}", finding.file, finding.detail));
            }
        }
        ASSIGN_OR_RETURN(const bool parts_good, list_parts(manifest, place, context));
        if (context.format == Format::kTable) sum_up(manifest, place, archive_bytes, context);
        return good && parts_good;
    }

    static Result<bool> list_parts(const archive::Manifest& manifest, const ArchivePlace& place,
                                   Context& context) {
        ASSIGN_OR_RETURN(const archive::Inflater inflater, archive::Inflater::open());
        const auto rows = context.rows({{"part"},
                                        {"file"},
                                        {"bytes"},
                                        {"lines"},
                                        {"rewrites"},
                                        {"left_bytes"},
                                        {"removed_ranges"},
                                        {"verdict"}});
        bool good = true;
        for (const archive::ArchivedPart& part : manifest.parts) {
            if (!place.file.empty() && part.file != place.file) continue;
            const std::string verdict = verdict_of(inflater, place.directory, part);
            good = good && verdict == "good";
            rows->row({to_string(part.part), part.file.empty() ? Cell() : Cell(part.file),
                       part.bytes, part.lines, part.rewrites, part.readable_bytes(),
                       part.removed.size(), verdict});
        }
        rows->finish();
        return good;
    }

    static std::string verdict_of(const archive::Inflater& inflater, const std::string& directory,
                                  const archive::ArchivedPart& part) {
        Sha256 hash;
        const Status inflated = inflater.inflate(os::join_path(directory, part.file), part,
                                                 [&](std::string_view bytes) {
                                                     hash.update(bytes);
                                                     return Status();
                                                 });
        if (!inflated) return inflated.error().message();
        const std::string found = to_hex(hash.finish());
        if (found == part.readable_sha256()) return "good";
        return fmt::format("its SHA-256 is {}, the manifest says {}", found,
                           part.readable_sha256());
    }

    static void sum_up(const archive::Manifest& manifest, const ArchivePlace& place,
                       std::uint64_t archive_bytes, Context& context) {
        std::uint64_t bytes = 0;
        std::uint64_t parts = 0;
        for (const archive::ArchivedPart& part : manifest.parts) {
            if (!place.file.empty() && part.file != place.file) continue;
            bytes += part.bytes;
            ++parts;
        }
        context.out.print("{}: {}, {}, as {}; {}\n", to_string(manifest.day),
                          human_counted(parts, "part"), human_bytes(bytes),
                          human_bytes(archive_bytes),
                          human_counted(manifest.retained.size(), "retention"));
    }

    std::string path_;
};

}  // namespace

extern constinit const CommandInfo kInspectArchiveCommand = {
    .name = "inspect archive",
    .summary = "Lists the parts of an archived day, each compared with what its manifest says",
    .details = "",
    .examples =
        "daybook inspect archive data/ledger/archive/day=2026-01-23\n"
        "daybook inspect archive --format json "
        "data/ledger/archive/day=2026-01-23/events-000001.parquet",
    .common_flags = kFormatFlag,
    .make = make_command<InspectArchive>,
};

}  // namespace daybook::cli
