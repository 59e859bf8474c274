#include "support/sim_reading.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kNoNumber = ~std::uint64_t{0};

// The digits behind the first `key`.
std::uint64_t number_after(std::string_view body, std::string_view key) {
    const std::size_t at = body.find(key);
    if (at == std::string_view::npos) return kNoNumber;
    std::uint64_t number = kNoNumber;
    const std::string_view digits = body.substr(at + key.size());
    (void)std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

std::size_t index_of(std::string_view body) { return number_after(body, R"("event_id":"e)"); }

Day day_written(std::string_view body) {
    const std::uint64_t time = number_after(body, R"("timestamp_ms":)");
    return day_of(TimestampMs(static_cast<std::int64_t>(time)));
}

std::uint64_t leading_zeros(const SimFs& fs, const std::string& path) {
    const auto inode = fs.tree().find(std::string_view(path).substr(kSimRoot.size()));
    if (!inode || fs.tree().inode(*inode).is_directory) return 0;
    // Behind them the newline of the last line that they stand for.
    const SimBytes& bytes = fs.tree().inode(*inode).bytes();
    return bytes.zeros > 0 && !bytes.data.empty() ? bytes.zeros + 1 : 0;
}

Status read_part(const SimFs& fs, const log::PartId& id, Reading& reading) {
    const log::Layout layout = SimLog::layout();
    const std::string path = layout.part_path(id);
    ASSIGN_OR_RETURN(log::PartReader reader,
                     log::PartReader::open(layout, id, ByteOffset(leading_zeros(fs, path))));
    ReadPart part{.id = id};
    log::Seq last{};
    while (true) {
        ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
        if (!line) break;
        if (line->kind == log::LineKind::kDamaged) {
            ++part.damaged;
            continue;
        }
        if (line->kind == log::LineKind::kForeign) {
            part.foreign.emplace_back(line->text);
            continue;
        }
        if (line->seq <= last) {
            reading.problem = fmt::format("{} at {}: seq {} follows seq {}", to_string(id),
                                          line->offset.value(), line->seq.value(), last.value());
        }
        if (line->offset >= ByteOffset(kPartBytesMax)) {
            reading.problem = fmt::format("{} at {}: a line in a part that was full", to_string(id),
                                          line->offset.value());
        }
        last = line->seq;
        part.events.push_back({.offset = line->offset,
                               .seq = line->seq,
                               .synced = line->synced,
                               .body = std::string(line->body)});
    }
    part.unfinished_from = reader.offset();
    part.unfinished.resize(reader.size() - reader.offset());
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    RETURN_IF_ERROR(os::read_at(fd.get(), reader.offset(), part.unfinished, path));
    reading.parts.push_back(std::move(part));
    return {};
}

Status read_all(const SimFs& fs, Reading& reading) {
    const log::Layout layout = SimLog::layout();
    ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(layout));
    for (const log::PartInfo& part : parts) RETURN_IF_ERROR(read_part(fs, part.id, reading));
    ASSIGN_OR_RETURN(const bool torn, os::exists(layout.torn_dir()));
    if (torn) {
        ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(layout.torn_dir()));
        for (const os::DirEntry& entry : entries) {
            ASSIGN_OR_RETURN(
                std::string bytes,
                os::read_file(os::join_path(layout.torn_dir(), entry.name), kTailBytesMax));
            reading.evidence.insert(std::move(bytes));
        }
    }
    ASSIGN_OR_RETURN(reading.seals, read_sim_seals(fs));
    ASSIGN_OR_RETURN(const bool published, os::exists(SimLog::published_path()));
    if (!published) return {};
    ASSIGN_OR_RETURN(reading.published, os::read_file(SimLog::published_path(), 100));
    if (reading.published.empty()) reading.published = "nothing";
    return {};
}

// A number at or below a `synced` is promised to be there.
std::string check_numbers(const ReadPart& part) {
    log::Seq synced{};
    for (const ReadEvent& event : part.events) synced = std::max(synced, event.synced);
    if (part.events.empty() || synced == log::Seq(0)) return "";
    // A part that is nearly full is read from its last lines on.
    const bool from_the_first = part.events.front().offset < ByteOffset(kPartBytesMax / 2);
    log::Seq expected = from_the_first ? log::Seq(1) : part.events.front().seq;
    for (const ReadEvent& event : part.events) {
        if (expected > synced) break;
        if (event.seq != expected) {
            return fmt::format("{}: seq {} is lost, though synced {} is on record",
                               to_string(part.id), expected.value(), synced.value());
        }
        expected = expected + 1;
    }
    if (expected > synced) return "";
    return fmt::format("{}: it ends at seq {}, though synced {} is on record", to_string(part.id),
                       expected.value() - 1, synced.value());
}

// Nobody writes lines without a trailer.  But the beginning of a line and the end of another, with
// the seam in the middle of the other's checksum, are an object without one.
std::string check_foreign(const ReadPart& part, const Promised& promised) {
    for (const std::string& text : part.foreign) {
        const bool stitched = text.starts_with(R"({"event_type":"t","event_id":"e)");
        if (promised.may_be_damaged && stitched) continue;
        return fmt::format("{}: a line that nobody wrote: {}", to_string(part.id), text);
    }
    return "";
}

std::string check_published(const Reading& reading, const Publication& promised) {
    if (reading.published.empty() && promised.acknowledged == 0) return "";
    for (std::uint32_t number = std::max(1U, promised.acknowledged); number <= promised.attempted;
         ++number) {
        if (reading.published == fmt::format("version {}\n", number)) return "";
    }
    return fmt::format("published: found '{}', expected version {} to {}", reading.published,
                       promised.acknowledged, promised.attempted);
}

std::string check_seals(const Reading& reading, const Promised& promised) {
    if (!reading.seals.chain_problem.empty()) return "seals: " + reading.seals.chain_problem;
    for (const auto& [part, problem] : reading.seals.parts) {
        if (problem.empty() || promised.rotten.contains(part)) continue;
        return fmt::format("{} is sealed: {}", to_string(part), problem);
    }
    if (promised.sealed == nullptr) return "";
    for (const SealedPart& sealed : *promised.sealed) {
        if (sealed.since > promised.moment || reading.seals.parts.contains(sealed.part)) continue;
        return fmt::format("{} was sealed, and its seal is lost", to_string(sealed.part));
    }
    return "";
}

bool conserved(const ReadPart& before, const Reading& after) {
    if (before.unfinished.empty()) return true;
    const ReadPart* const part = after.find(before.id);
    if (part != nullptr && part->unfinished_from == before.unfinished_from &&
        part->unfinished.starts_with(before.unfinished)) {
        return true;
    }
    return after.evidence.contains(before.unfinished);
}

}  // namespace

const ReadPart* Reading::find(const log::PartId& id) const {
    const auto found = std::find_if(parts.begin(), parts.end(),
                                    [&](const ReadPart& part) { return part.id == id; });
    return found == parts.end() ? nullptr : &*found;
}

Reading read_log(const SimFs& fs) {
    Reading reading;
    const Status status = read_all(fs, reading);
    if (!status) reading.problem = "it cannot be read: " + status.error().message();
    return reading;
}

std::vector<bool> events_found(const Reading& reading, std::size_t count) {
    std::vector<bool> found(count, false);
    for (const ReadPart& part : reading.parts) {
        for (const ReadEvent& event : part.events) {
            const std::size_t index = index_of(event.body);
            if (index < count) found[index] = true;
        }
    }
    return found;
}

std::string check_promises(const Reading& reading, const Promised& promised) {
    if (!reading.problem.empty()) return reading.problem;
    const std::vector<Promise>& events = *promised.events;
    for (const ReadPart& part : reading.parts) {
        std::string problem = promised.rotten.contains(part.id) ? "" : check_numbers(part);
        if (!problem.empty()) return problem;
        if (part.damaged > 0 && !promised.may_be_damaged) {
            return fmt::format("{}: {} damaged lines without a power cut", to_string(part.id),
                               part.damaged);
        }
        if (problem = check_foreign(part, promised); !problem.empty()) return problem;
        for (const ReadEvent& event : part.events) {
            const std::size_t index = index_of(event.body);
            const bool known = index < events.size() && events[index].attempted != kNever &&
                               events[index].attempted <= promised.moment;
            if (!known || events[index].body != event.body) {
                return fmt::format("{} at {}: an event that nobody wrote: {}", to_string(part.id),
                                   event.offset.value(), event.body);
            }
            if (day_written(event.body) != part.id.day) {
                return fmt::format("{}: e{} is of another day", to_string(part.id), index);
            }
        }
    }
    const std::vector<bool> found = events_found(reading, events.size());
    for (std::size_t index = 0; index < events.size(); ++index) {
        const Promise& event = events[index];
        const std::uint32_t since = promised.power_cut ? event.power : event.process;
        if (found[index] || since == kNever || since > promised.moment) continue;
        return fmt::format("e{} was acknowledged at `{}` and is lost", index,
                           promised.power_cut ? "power" : "process");
    }
    if (std::string problem = check_seals(reading, promised); !problem.empty()) return problem;
    return check_published(reading, promised.published);
}

std::string check_kept(const Reading& before, const Reading& after) {
    for (const auto& [part, problem] : before.seals.parts) {
        if (!after.seals.parts.contains(part)) return "the seal has gone of " + to_string(part);
    }
    for (const ReadPart& part : before.parts) {
        const ReadPart* const now = after.find(part.id);
        if (now == nullptr) return fmt::format("{} has gone", to_string(part.id));
        const bool all = now->events.size() >= part.events.size() &&
                         std::equal(part.events.begin(), part.events.end(), now->events.begin());
        if (!all) return fmt::format("{}: its events have changed", to_string(part.id));
        if (now->damaged < part.damaged) {
            return fmt::format("{}: damaged lines have gone", to_string(part.id));
        }
        if (!conserved(part, after)) {
            return fmt::format(
                "{}: what was unfinished from {} on ({} bytes) has gone, and torn/ "
                "does not hold it",
                to_string(part.id), part.unfinished_from.value(), part.unfinished.size());
        }
    }
    return "";
}

std::vector<Promise> promises_after(const Reading& reading, const Promised& promised) {
    std::vector<Promise> promises = *promised.events;
    for (Promise& promise : promises) {
        const bool durable = !promised.power_cut && promise.power <= promised.moment;
        promise.power = durable && promise.power != kNever ? 0 : kNever;
        promise.attempted = kNever;
        promise.process = kNever;
    }
    const std::vector<bool> found = events_found(reading, promises.size());
    for (std::size_t index = 0; index < promises.size(); ++index) {
        if (!found[index]) continue;
        promises[index].attempted = 0;
        promises[index].process = 0;
        // What is read after a power cut has come from the disk.
        if (promised.power_cut) promises[index].power = 0;
    }
    return promises;
}

}  // namespace daybook::testing
