#include "rigs/blockdev_crash.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "os/error.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kBlockBytes = 4096;

bool is_write(const TapeOp& op) { return op.kind == TapeOp::Kind::kWrite; }

// Whether these are bytes of a file of ours, and not a structure of the file system.
bool is_text(std::string_view bytes) {
    const std::string_view text = bytes.substr(0, bytes.find_last_not_of('\0') + 1);
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c == '\n' || c >= ' '; });
}

// How finely a write can be torn.  File systems rely on blocks of their own being written whole or
// not at all, as disks with sectors of 4 KiB do: torn, ext4's superblock makes the disk unreadable.
std::uint64_t unit_of(const Tape& tape, const TapeOp& op) {
    return is_text(tape.bytes(op)) ? kSectorBytes : kBlockBytes;
}

std::uint64_t units_of(const Tape& tape, const TapeOp& op) {
    const std::uint64_t unit = unit_of(tape, op);
    return (op.offset + op.length - 1) / unit - op.offset / unit + 1;
}

// The units of `op` for which `keep` says so, by their number within it; neighbours as one piece.
template <typename Keep>
void keep_units(const Tape& tape, const TapeOp& op, Keep keep, std::vector<Piece>& pieces) {
    const std::uint64_t unit = unit_of(tape, op);
    const std::uint64_t end = op.offset + op.length;
    bool joins = false;
    std::uint64_t number = 0;
    for (std::uint64_t begin = op.offset, next = 0; begin < end; begin = next) {
        next = std::min(end, (begin / unit + 1) * unit);
        const bool kept = keep(number++);
        const std::string_view bytes = tape.bytes(op).substr(begin - op.offset, next - begin);
        if (kept && joins) {
            std::string_view& last = pieces.back().bytes;
            last = {last.data(), last.size() + bytes.size()};
        } else if (kept) {
            pieces.push_back({.offset = begin, .bytes = bytes});
        }
        joins = kept;
    }
}

Status write_at(int fd, const Piece& piece, const std::string& path) {
    std::string_view rest = piece.bytes;
    auto offset = static_cast<off_t>(piece.offset);
    while (!rest.empty()) {
        const ssize_t count = ::pwrite(fd, rest.data(), rest.size(), offset);
        if (count < 0) return fail(os::errno_error(errno, "write to", path));
        rest.remove_prefix(static_cast<std::size_t>(count));
        offset += count;
    }
    return {};
}

// Copies what `from` holds and leaves the rest of `to` a hole.
Status copy_sparse(const std::string& from, const std::string& to) {
    ASSIGN_OR_RETURN(const os::UniqueFd source, os::open_fd(from, O_RDONLY));
    ASSIGN_OR_RETURN(const os::UniqueFd target, os::open_fd(to, O_WRONLY | O_CREAT | O_TRUNC));
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(source.get(), from));
    RETURN_IF_ERROR(os::truncate(target.get(), info.size, to));
    const auto size = static_cast<off_t>(info.size.value());
    std::string block;
    for (off_t at = 0; at < size;) {
        const off_t begin = ::lseek(source.get(), at, SEEK_DATA);
        if (begin < 0) break;  // ENXIO: holes to the end.
        const off_t end = ::lseek(source.get(), begin, SEEK_HOLE);
        block.resize(static_cast<std::size_t>(end - begin));
        const ByteOffset offset(static_cast<std::uint64_t>(begin));
        ASSIGN_OR_RETURN(const std::size_t got, os::read_at(source.get(), offset, block, from));
        block.resize(got);
        RETURN_IF_ERROR(write_at(target.get(), {offset.value(), block}, to));
        at = end;
    }
    return {};
}

}  // namespace

const char* to_string(Survival survival) {
    switch (survival) {
        case Survival::kAll: return "all writes";
        case Survival::kNone: return "none of the unflushed writes";
        case Survival::kSomeWrites: return "some of the unflushed writes";
        case Survival::kLaterWrites: return "the later of the unflushed writes";
        case Survival::kTornLast: return "a torn last write";
        case Survival::kSomeSectors: return "some sectors of the unflushed writes";
    }
    std::abort();
}

CrashPlan plan_crash(const Tape& tape, std::uint32_t cut, RandomSource& random) {
    CrashPlan plan{.cut = cut};
    for (std::uint32_t i = 0; i < cut; ++i) {
        if (!is_write(tape.op(i))) plan.durable = i + 1;
    }
    plan.survival = static_cast<Survival>(random.next() % kSurvivals);
    plan.seed = random.next();
    return plan;
}

std::vector<Piece> surviving_pieces(const Tape& tape, const CrashPlan& plan) {
    SeededRandom random(plan.seed);
    std::vector<Piece> pieces;
    const std::uint32_t count = plan.cut - plan.durable;
    const auto keep_whole = [&](const TapeOp& op) {
        pieces.push_back({.offset = op.offset, .bytes = tape.bytes(op)});
    };
    const std::uint64_t first_kept = count == 0 ? 0 : 1 + random.next() % count;
    const std::uint64_t kept_of_eight = 1 + random.next() % 7;
    for (std::uint32_t i = 0; i < count; ++i) {
        const TapeOp& op = tape.op(plan.durable + i);
        switch (plan.survival) {
            case Survival::kNone: break;
            case Survival::kAll: keep_whole(op); break;
            case Survival::kSomeWrites:
                if (random.next() % 8 < kept_of_eight) keep_whole(op);
                break;
            case Survival::kLaterWrites:
                if (i >= first_kept) keep_whole(op);
                break;
            case Survival::kTornLast: {
                const std::uint64_t units = units_of(tape, op);
                const std::uint64_t at = units < 2 ? 1 : 1 + random.next() % (units - 1);
                const bool head = random.next() % 2 == 0;
                keep_units(
                    tape, op,
                    [&](std::uint64_t unit) { return i + 1 < count || (unit < at) == head; },
                    pieces);
                break;
            }
            case Survival::kSomeSectors:
                keep_units(
                    tape, op, [&](std::uint64_t) { return random.next() % 8 < kept_of_eight; },
                    pieces);
                break;
        }
    }
    return pieces;
}

Status make_crash_image(const std::string& base, const std::string& image, const Tape& tape,
                        const CrashPlan& plan) {
    RETURN_IF_ERROR(copy_sparse(base, image));
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(image, O_WRONLY));
    for (std::uint32_t i = 0; i < plan.durable; ++i) {
        const TapeOp& op = tape.op(i);
        if (is_write(op)) RETURN_IF_ERROR(write_at(fd.get(), {op.offset, tape.bytes(op)}, image));
    }
    for (const Piece& piece : surviving_pieces(tape, plan)) {
        RETURN_IF_ERROR(write_at(fd.get(), piece, image));
    }
    return {};
}

}  // namespace daybook::testing
