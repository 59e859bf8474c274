#include "ledger/seal_chain.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/hash.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

// Sealers that come in between are outwaited; one that never rests is not.
constexpr int kReadAttemptsMax = 8;

Status read_head(const log::Layout& layout, SealFiles& files) {
    const std::string path = layout.head_path();
    ASSIGN_OR_RETURN(const bool there, os::exists(path));
    if (!there) return {};
    const Result<std::string> text = os::read_file(path, kSealBytesMax);
    if (!text && text.error().code() != ErrorCode::kLimit) return fail(text.error());
    const Result<Head> head = text ? decode_head(*text, path) : fail(text.error());
    if (head) {
        files.head = *head;
    } else {
        files.head_error = head.error();
    }
    return {};
}

Result<StoredSeal> read_seal(const std::string& path, const log::PartId& part) {
    ASSIGN_OR_RETURN(const std::string text, os::read_file(path, kSealBytesMax));
    ASSIGN_OR_RETURN(Seal seal, decode_seal(text, path));
    if (seal.part != part) {
        return fail(ErrorCode::kCorrupt, "read {}: field `part` of the seal: found {}, expected {}",
                    path, to_string(seal.part), to_string(part));
    }
    return StoredSeal{.part = part, .sha256 = sha256_hex(text), .seal = std::move(seal)};
}

Status read_day(const log::Layout& layout, Day day, SealFiles& files) {
    const Result<std::vector<os::DirEntry>> entries = os::list_dir(layout.day_dir(day));
    if (!entries && entries.error().code() == ErrorCode::kNotFound) return {};  // It has gone.
    if (!entries) return fail(entries.error());
    for (const os::DirEntry& entry : *entries) {
        const std::optional<log::DayFileName> name = log::parse_day_file(entry.name);
        if (!name || name->kind != log::DayFile::kSeal) continue;
        const log::PartId part{.day = day, .number = name->number};
        Result<StoredSeal> seal = read_seal(layout.seal_path(part), part);
        if (seal) {
            files.seals.push_back(std::move(*seal));
        } else if (seal.error().code() != ErrorCode::kNotFound) {
            files.unreadable.push_back({.part = part, .error = std::move(seal).error()});
        }
    }
    return {};
}

Result<SealFiles> read_seals_once(const log::Layout& layout) {
    SealFiles files;
    // The head first: what is sealed after this look comes after the head.
    RETURN_IF_ERROR(read_head(layout, files));
    ASSIGN_OR_RETURN(const bool there, os::exists(layout.events_dir()));
    if (!there) return files;
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(layout.events_dir()));
    for (const os::DirEntry& entry : entries) {
        const std::optional<Day> day = log::parse_day_dir(entry.name);
        if (day && entry.is_directory) RETURN_IF_ERROR(read_day(layout, *day, files));
    }
    std::sort(files.seals.begin(), files.seals.end(),
              [](const StoredSeal& a, const StoredSeal& b) { return a.part < b.part; });
    return files;
}

// Who names whom.
class Links {
public:
    explicit Links(const SealFiles& files) : files_(files) {
        for (std::size_t i = 0; i < files.seals.size(); ++i) {
            const StoredSeal& stored = files.seals[i];
            by_hash_.emplace(stored.sha256, i);
            followers_.emplace(stored.seal.previous.value_or(""), i);
        }
    }

    std::optional<std::size_t> find(const std::string& sha256) const {
        const auto found = by_hash_.find(sha256);
        if (found == by_hash_.end()) return std::nullopt;
        return found->second;
    }
    // The seals that name `sha256`; "": those that name none.
    std::vector<std::size_t> followers(const std::string& sha256) const {
        std::vector<std::size_t> indexes;
        const auto [begin, end] = followers_.equal_range(sha256);
        for (auto at = begin; at != end; ++at) indexes.push_back(at->second);
        return indexes;
    }
    const StoredSeal& at(std::size_t index) const { return files_.seals[index]; }

private:
    const SealFiles& files_;
    std::map<std::string, std::size_t> by_hash_;
    std::multimap<std::string, std::size_t> followers_;
};

std::string names_of(const std::vector<std::size_t>& indexes, const Links& links) {
    std::string names;
    for (const std::size_t index : indexes) {
        names += (names.empty() ? "" : ", ") + to_string(links.at(index).part);
    }
    return names;
}

tl::unexpected<Error> disagreement(const log::Layout& layout, std::string_view what) {
    return fail(ErrorCode::kCorrupt,
                "read {}: {}; see what 'daybook verify' says, and put back the seals and the head "
                "of a copy of the ledger; nothing is sealed until they agree",
                layout.head_path(), what);
}

Result<ChainEnd> end_without_head(const Links& links, const SealFiles& files,
                                  const log::Layout& layout) {
    if (files.seals.empty() && files.unreadable.empty()) return ChainEnd{};
    const bool first_alone = files.seals.size() == 1 && files.unreadable.empty() &&
                             !links.at(0).seal.previous.has_value();
    if (!first_alone) {
        return disagreement(layout, fmt::format("there is no head, but there are {} seals",
                                                files.seals.size() + files.unreadable.size()));
    }
    return ChainEnd{.newest = Head{.part = links.at(0).part, .sha256 = links.at(0).sha256},
                    .head_is_behind = true};
}

// Why the head's seal is not as the head says; empty if it is.
std::string head_mismatch(const Links& links, const SealFiles& files) {
    const Head& head = *files.head;
    const auto named = links.find(head.sha256);
    if (named && links.at(*named).part == head.part) return "";
    for (const StoredSeal& stored : files.seals) {
        if (stored.part == head.part) {
            return fmt::format("it names {} with the SHA-256 {}, but that seal has {}",
                               to_string(head.part), head.sha256, stored.sha256);
        }
    }
    return fmt::format("it names {}, which has no seal that can be read", to_string(head.part));
}

// Walks from the newest seal back to the oldest that the chain reaches.
std::vector<std::size_t> order_from(std::size_t newest, const Links& links, std::size_t count) {
    std::vector<std::size_t> order = {newest};
    while (order.size() < count) {
        const auto& previous = links.at(order.back()).seal.previous;
        const auto before = previous ? links.find(*previous) : std::nullopt;
        if (!before) break;
        order.push_back(*before);
    }
    std::reverse(order.begin(), order.end());
    return order;
}

// What the seals say of each other.
struct LinkReport {
    std::vector<std::size_t> unnamed{};  // seals that neither a seal nor the head names
    bool gaps = false;                   // some seal names one that is not there
};

// Seals whose forerunner is not there, or is that of another one too.
LinkReport examine_links(const Links& links, const SealFiles& files,
                         const std::optional<Head>& newest, std::vector<ChainProblem>& problems) {
    std::vector<std::size_t> gaps;
    std::vector<std::size_t> unnamed;
    for (std::size_t i = 0; i < files.seals.size(); ++i) {
        const StoredSeal& stored = files.seals[i];
        const std::string previous = stored.seal.previous.value_or("");
        if (stored.seal.previous && !links.find(previous)) gaps.push_back(i);
        const std::vector<std::size_t> siblings = links.followers(previous);
        if (siblings.size() > 1 && siblings.front() == i) {
            problems.push_back({.part = stored.part,
                                .kind = "chain_broken",
                                .detail = fmt::format(
                                    "{} are both the one after {}", names_of(siblings, links),
                                    stored.seal.previous ? "the same seal" : "none: the first")});
        }
        const bool is_newest = newest && newest->sha256 == stored.sha256;
        if (!is_newest && links.followers(stored.sha256).empty()) unnamed.push_back(i);
    }
    for (const std::size_t gap : gaps) {
        const StoredSeal& stored = links.at(gap);
        problems.push_back(
            {.part = stored.part,
             .kind = "seal_missing",
             .detail = fmt::format(
                 "the seal before this one, with the SHA-256 {}, has gone or was changed{}",
                 *stored.seal.previous,
                 unnamed.empty()
                     ? ""
                     : "; these are there and are named by none: " + names_of(unnamed, links))});
    }
    return {.unnamed = std::move(unnamed), .gaps = !gaps.empty()};
}

}  // namespace

Result<SealFiles> read_seals(const log::Layout& layout) {
    Result<SealFiles> files = read_seals_once(layout);
    for (int attempt = 1; attempt < kReadAttemptsMax && files; ++attempt) {
        SealFiles after;
        RETURN_IF_ERROR(read_head(layout, after));
        if (after.head == files->head) break;
        files = read_seals_once(layout);
    }
    return files;
}

Result<ChainEnd> chain_end(const SealFiles& files, const log::Layout& layout) {
    if (files.head_error) return fail(*files.head_error);
    const Links links(files);
    if (!files.head) return end_without_head(links, files, layout);
    const std::string mismatch = head_mismatch(links, files);
    if (!mismatch.empty()) return disagreement(layout, mismatch);

    const std::vector<std::size_t> after = links.followers(files.head->sha256);
    if (after.empty()) return ChainEnd{.newest = files.head};
    const StoredSeal& next = links.at(after.front());
    if (after.size() > 1 || !links.followers(next.sha256).empty()) {
        return disagreement(layout, fmt::format("it names {}, but more than one seal follows that "
                                                "one, first {}",
                                                to_string(files.head->part), to_string(next.part)));
    }
    return ChainEnd{.newest = Head{.part = next.part, .sha256 = next.sha256},
                    .head_is_behind = true};
}

Chain examine_chain(const SealFiles& files, const log::Layout& layout) {
    const Links links(files);
    Chain chain;
    for (const UnreadableSeal& unreadable : files.unreadable) {
        chain.problems.push_back({.part = unreadable.part,
                                  .kind = "seal_unreadable",
                                  .detail = unreadable.error.message()});
    }
    const Result<ChainEnd> end = chain_end(files, layout);
    const std::optional<Head> newest = end ? end->newest : files.head;
    if (!end) {
        chain.problems.push_back({.part = newest ? std::optional(newest->part) : std::nullopt,
                                  .in_head = true,
                                  .kind = "head_wrong",
                                  .detail = end.error().message()});
    } else if (end->head_is_behind) {
        chain.problems.push_back(
            {.part = newest->part,
             .in_head = true,
             .kind = "head_behind",
             .detail = fmt::format("the head does not name {} yet: a sealer is at work, or died "
                                   "before it could say so; the next one mends it",
                                   to_string(newest->part))});
    }
    const LinkReport report = examine_links(links, files, newest, chain.problems);
    std::optional<std::size_t> tip = newest ? links.find(newest->sha256) : std::nullopt;
    // Where the head does not tell, the one seal that nothing follows is the newest.
    if (!tip && report.unnamed.size() == 1) tip = report.unnamed.front();
    if (tip) chain.order = order_from(*tip, links, files.seals.size());
    // What a gap or the head explains has its finding.
    if (!end || report.gaps) return chain;
    for (const std::size_t index : report.unnamed) {
        chain.problems.push_back({.part = links.at(index).part,
                                  .kind = "chain_broken",
                                  .detail = "neither a seal nor the head names this one"});
    }
    return chain;
}

}  // namespace daybook::ledger
