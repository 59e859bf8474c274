#include "lifecycle/bundle_reader.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "ledger/event_line.h"
#include "lifecycle/tar.h"

namespace daybook::lifecycle {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;
// What a pax header may have: a path, a size, and times.
constexpr std::uint64_t kPaxBytesMax = std::uint64_t{64} << 10;

Status check_manifest_bytes(std::uint64_t bytes, const BundleLimits& limits) {
    if (bytes <= limits.manifest_bytes_max) return {};
    return fail(ErrorCode::kLimit, "{}: it has {} bytes, at most {} are allowed",
                kBundleManifestName, bytes, limits.manifest_bytes_max);
}

// Cuts events.jsonl into its lines.
class LineCutter {
public:
    explicit LineCutter(BundleHandler& handler) : handler_(handler) {}

    Status add(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t newline = bytes.find('\n');
            const std::string_view piece = bytes.substr(0, newline);
            if (held_.size() + piece.size() >= kLineBytesMax) {
                return refuse(ErrorCode::kLimit, "it is longer than any event may be");
            }
            if (newline == std::string_view::npos) {
                held_.append(piece);
                return {};
            }
            bytes.remove_prefix(newline + 1);
            if (held_.empty()) {
                RETURN_IF_ERROR(take(piece));
                continue;
            }
            held_.append(piece);
            RETURN_IF_ERROR(take(held_));
            held_.clear();
        }
        return {};
    }

    Status finish() const {
        if (held_.empty()) return {};
        return fail(ErrorCode::kCorrupt, "{}: its last line has no end", kBundleEventsName);
    }
    std::uint64_t lines() const { return lines_; }

private:
    Status take(std::string_view text) {
        ++lines_;
        const log::Line line = ledger::judge_json(log::judge_line(text, ByteOffset(0)));
        if (line.kind == log::LineKind::kDamaged) {
            return refuse(ErrorCode::kCorrupt,
                          fmt::format("it is damaged: {}", to_string(line.damage)));
        }
        return handler_.event(line, lines_);
    }
    Status refuse(ErrorCode code, std::string_view why) const {
        const std::uint64_t number = lines_ + (code == ErrorCode::kLimit ? 1 : 0);
        return fail(code, "{}, line {}: {}", kBundleEventsName, number, why);
    }

    BundleHandler& handler_;
    std::string held_{};  // the beginning of a line whose end has not come
    std::uint64_t lines_ = 0;
};

class BundleReading {
public:
    BundleReading(ReadBytes source, std::uint64_t compressed_bytes, BundleHandler& handler,
                  const BundleLimits& limits)
        : stream_(std::move(source)),
          compressed_bytes_(compressed_bytes),
          handler_(handler),
          limits_(limits) {
        piece_.resize(kPieceBytes);
    }

    Status run() {
        ASSIGN_OR_RETURN(const std::string text, read_manifest());
        ASSIGN_OR_RETURN(manifest_, decode_bundle_manifest(text));
        // Before anything is unpacked: the manifest says how much it will be, and each member is
        // held to that.
        RETURN_IF_ERROR(check_bundle_size(manifest_, text.size(), limits_));
        RETURN_IF_ERROR(check_bundle_ratio(manifest_, compressed_bytes_, limits_));
        RETURN_IF_ERROR(check_bundle_files(manifest_.files));
        RETURN_IF_ERROR(handler_.manifest(manifest_));
        for (const BundleFile& file : manifest_.files) RETURN_IF_ERROR(read_member(file));
        return read_end();
    }

private:
    // Of no interest beyond what it says of its own.
    Result<TarHeader> next_header() {
        ASSIGN_OR_RETURN(std::optional<TarHeader> header, next_block());
        if (!header || header->kind != kTarPax) return or_end(std::move(header));
        if (header->bytes > kPaxBytesMax) {
            return fail(ErrorCode::kLimit, "a pax header has {} bytes, at most {} are allowed",
                        header->bytes, kPaxBytesMax);
        }
        std::string records(static_cast<std::size_t>(header->bytes), '\0');
        RETURN_IF_ERROR(read_whole(records));
        RETURN_IF_ERROR(skip_padding(header->bytes));
        ASSIGN_OR_RETURN(std::optional<TarHeader> next, next_block());
        ASSIGN_OR_RETURN(TarHeader member, or_end(std::move(next)));
        const Status applied = apply_pax(records, member);
        if (!applied) {
            return fail(applied.error().code(), "{}: {}", printable(member.path, 200),
                        applied.error().message());
        }
        return member;
    }
    static Result<TarHeader> or_end(std::optional<TarHeader> header) {
        if (header) return std::move(*header);
        return fail(ErrorCode::kCorrupt, "it ends before all that manifest.json lists");
    }
    Result<std::optional<TarHeader>> next_block() {
        std::string block(kTarBlockBytes, '\0');
        RETURN_IF_ERROR(read_whole(block));
        return decode_tar_header(block);
    }

    static Status check_is_file(const TarHeader& header) {
        if (header.kind == kTarFile) return {};
        return fail(ErrorCode::kCorrupt, "{}: it is {}, expected a file",
                    printable(header.path, 200), describe_tar_kind(header.kind));
    }

    Result<std::string> read_manifest() {
        ASSIGN_OR_RETURN(const TarHeader header, next_header());
        if (header.path != kBundleManifestName) {
            return fail(ErrorCode::kCorrupt, "its first member is {}, expected {}",
                        printable(header.path, 200), kBundleManifestName);
        }
        RETURN_IF_ERROR(check_is_file(header));
        RETURN_IF_ERROR(check_manifest_bytes(header.bytes, limits_));
        // It grows with what is there, and not with what a header promises.
        std::string text;
        RETURN_IF_ERROR(read_bytes(header.bytes, [&](std::string_view bytes) -> Status {
            text += bytes;
            return {};
        }));
        RETURN_IF_ERROR(skip_padding(header.bytes));
        return text;
    }

    Status read_member(const BundleFile& file) {
        ASSIGN_OR_RETURN(const TarHeader header, next_header());
        RETURN_IF_ERROR(check_is_file(header));
        if (header.path != file.path) {
            return fail(ErrorCode::kCorrupt, "{}: manifest.json does not list it here; expected {}",
                        printable(header.path, 200), printable(file.path, 200));
        }
        if (header.bytes != file.bytes) {
            return fail(ErrorCode::kCorrupt, "{}: it has {} bytes, manifest.json says {}",
                        printable(file.path, 200), header.bytes, file.bytes);
        }
        const bool is_events = file.path == kBundleEventsName;
        LineCutter lines(handler_);
        Sha256 hash;
        if (!is_events) RETURN_IF_ERROR(handler_.begin_file(file));
        RETURN_IF_ERROR(read_bytes(file.bytes, [&](std::string_view bytes) {
            hash.update(bytes);
            return is_events ? lines.add(bytes) : handler_.file_bytes(bytes);
        }));
        RETURN_IF_ERROR(skip_padding(file.bytes));
        const std::string sha256 = to_hex(hash.finish());
        if (sha256 != file.sha256) {
            return fail(ErrorCode::kCorrupt, "{}: its SHA-256 is {}, manifest.json says {}",
                        printable(file.path, 200), sha256, file.sha256);
        }
        if (!is_events) return handler_.end_file(file);
        RETURN_IF_ERROR(lines.finish());
        if (lines.lines() == manifest_.events) return {};
        return fail(ErrorCode::kCorrupt, "{}: it has {} events, manifest.json says {}",
                    kBundleEventsName, lines.lines(), manifest_.events);
    }

    Status read_end() {
        ASSIGN_OR_RETURN(const std::optional<TarHeader> header, next_block());
        if (header) {
            return fail(ErrorCode::kCorrupt, "{}: manifest.json does not list it",
                        printable(header->path, 200));
        }
        // The rest of the archive is zeros; tools fill it up to 10 KiB.
        std::uint64_t zeros = 0;
        while (true) {
            ASSIGN_OR_RETURN(const std::size_t got, stream_.read(piece_));
            if (got == 0) return {};
            zeros += got;
            const std::string_view bytes = std::string_view(piece_).substr(0, got);
            if (bytes.find_first_not_of('\0') != std::string_view::npos || zeros > kPieceBytes) {
                return fail(ErrorCode::kCorrupt, "something follows the end of the archive");
            }
        }
    }

    template <typename Take>
    Status read_bytes(std::uint64_t bytes, const Take& take) {
        while (bytes > 0) {
            const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kPieceBytes));
            ASSIGN_OR_RETURN(const std::size_t got, stream_.read(std::span(piece_).first(want)));
            if (got == 0)
                return fail(ErrorCode::kCorrupt, "it was cut: bytes of a member are gone");
            RETURN_IF_ERROR(take(std::string_view(piece_).substr(0, got)));
            bytes -= got;
        }
        return {};
    }
    Status read_whole(std::string& out) {
        std::size_t have = 0;
        return read_bytes(out.size(), [&](std::string_view bytes) -> Status {
            bytes.copy(out.data() + have, bytes.size());
            have += bytes.size();
            return {};
        });
    }
    Status skip_padding(std::uint64_t bytes) {
        return read_bytes(tar_padding(bytes), [](std::string_view) -> Status { return {}; });
    }

    ZstdReader stream_;
    std::uint64_t compressed_bytes_;
    BundleHandler& handler_;
    BundleLimits limits_;
    BundleManifest manifest_{};
    std::string piece_{};
};

}  // namespace

Status check_bundle_size(const BundleManifest& manifest, std::uint64_t manifest_bytes,
                         const BundleLimits& limits) {
    RETURN_IF_ERROR(check_manifest_bytes(manifest_bytes, limits));
    if (manifest.files.size() > limits.members_max) {
        return fail(ErrorCode::kLimit, "it has {} members, at most {} are allowed",
                    manifest.files.size(), limits.members_max);
    }
    std::uint64_t total = 0;
    for (const BundleFile& file : manifest.files) {
        if (file.bytes > limits.bytes_max - total) {
            return fail(ErrorCode::kLimit,
                        "{}: with it there are more than the {} bytes that are allowed",
                        printable(file.path, 200), limits.bytes_max);
        }
        total += file.bytes;
    }
    return {};
}

Status check_bundle_ratio(const BundleManifest& manifest, std::uint64_t compressed_bytes,
                          const BundleLimits& limits) {
    std::uint64_t total = 0;
    for (const BundleFile& file : manifest.files) total += file.bytes;
    if (total <= limits.ratio_free_bytes || total / limits.ratio_max <= compressed_bytes) return {};
    return fail(ErrorCode::kLimit,
                "{} bytes are to become {}, more than {} times as much: it may be made to fill the "
                "disk",
                compressed_bytes, total, limits.ratio_max);
}

Status read_bundle(ReadBytes source, std::uint64_t compressed_bytes, BundleHandler& handler,
                   const BundleLimits& limits) {
    return BundleReading(std::move(source), compressed_bytes, handler, limits).run();
}

}  // namespace daybook::lifecycle
