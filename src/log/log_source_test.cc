#include "log/log_source.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "log/audit.h"
#include "log/follow.h"
#include "log/scan.h"
#include "log/test_support.h"

namespace daybook::log {
namespace {

// Archives as a map of bytes.
class MapOfParts final : public ArchivedParts {
public:
    struct Held {
        std::string bytes;
        std::vector<RemovedLines> removed{};
    };
    void put(const PartId& part, Held held) { parts_[part] = std::move(held); }

    Result<std::vector<PartInfo>> list() const override {
        std::vector<PartInfo> parts;
        for (const auto& [id, held] : parts_) {
            parts.push_back({.id = id,
                             .size = ByteOffset(held.bytes.size()),
                             .sealed = true,
                             .archived = true,
                             .rewrites = held.removed.empty() ? 0U : 1U});
        }
        return parts;
    }
    Result<OpenPart> open(const PartId& part) const override {
        const auto held = parts_.find(part);
        if (held == parts_.end()) {
            return fail(ErrorCode::kNotFound, "open {}: it is nowhere", to_string(part));
        }
        ++opened;
        ASSIGN_OR_RETURN(os::UniqueFd fd, os::anonymous_file("part"));
        const os::WriteOutcome written = os::write_all(fd.get(), held->second.bytes, "part");
        if (written.error) return fail(*written.error);
        return OpenPart{.fd = std::move(fd),
                        .path = "archive",
                        .archived = true,
                        .removed = held->second.removed};
    }
    Result<std::optional<PartEnds>> ends(const PartId& part) const override {
        const auto held = parts_.find(part);
        if (held == parts_.end()) return std::nullopt;
        PartEnds ends{.size = ByteOffset(held->second.bytes.size())};
        Scanner scanner(held->second.bytes, ByteOffset(0));
        bool is_first = true;
        while (const auto line = scanner.next()) {
            ends.last = {line->offset, line->checksum};
            if (std::exchange(is_first, false)) ends.first = ends.last;
        }
        return ends;
    }

    mutable int opened = 0;

private:
    std::map<PartId, Held> parts_;
};

class LogSourceTest : public LogTest {
protected:
    std::vector<std::string> listed() {
        std::vector<std::string> names;
        const std::vector<PartInfo> parts = list_parts(source_).value();
        for (const PartInfo& part : parts) {
            names.push_back(to_string(part.id).substr(15) + (part.archived ? " archived" : ""));
        }
        return names;
    }
    std::vector<std::string> ids_of(std::uint32_t number) {
        std::vector<std::string> ids;
        PartReader reader = PartReader::open(source_, part_of_today(number)).value();
        while (const auto line = reader.next().value()) ids.push_back(id_of(line->body));
        return ids;
    }
    // The cursor of one who has read so many lines of a part.
    Cursor cursor_after(std::uint32_t number, int lines) {
        Cursor cursor{.part = part_of_today(number)};
        PartReader reader = PartReader::open(source_, cursor.part).value();
        for (int i = 0; i < lines; ++i) cursor.advance(reader.next().value().value());
        archives_->opened = 0;
        return cursor;
    }
    using Strings = std::vector<std::string>;

    const std::string one_ = whole_line("e1", 1);
    const std::string two_ = whole_line("e2", 2);
    const std::string three_ = whole_line("e3", 3);
    std::shared_ptr<MapOfParts> archives_ = std::make_shared<MapOfParts>();
    LogSource source_{layout_, archives_};
};

TEST_F(LogSourceTest, APartThatBothHaveIsReadFromItsFile) {
    put_part(1, one_);
    put_part(3, three_);
    archives_->put(part_of_today(1), {"another\n"});
    archives_->put(part_of_today(2), {two_});
    EXPECT_EQ(listed(), (Strings{"part-000001", "part-000002 archived", "part-000003"}));
    EXPECT_EQ(ids_of(1), Strings{"e1"});
    EXPECT_EQ(ids_of(2), Strings{"e2"});
}

TEST_F(LogSourceTest, ALayoutAloneHasNoArchives) {
    put_part(1, one_);
    const LogSource alone = layout_;
    EXPECT_EQ(list_parts(alone).value().size(), 1U);
    EXPECT_EQ(open_part(alone, part_of_today(2)).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(open_part(source_, part_of_today(2)).error().code(), ErrorCode::kNotFound);
}

TEST_F(LogSourceTest, ACursorHoldsOnceItsPartIsArchived) {
    for (int lines = 0; lines <= 3; ++lines) {
        SCOPED_TRACE(lines);
        put_part(1, one_ + two_ + three_);
        archives_->put(part_of_today(1), {one_ + two_ + three_});
        const Cursor cursor = cursor_after(1, lines);
        ASSERT_TRUE(os::remove_file(layout_.part_path(cursor.part)));
        EXPECT_EQ(cursor_problem(source_, cursor).value(), "");
        // Whoever has read all of it is judged by its ends alone.
        EXPECT_EQ(archives_->opened, lines == 1 || lines == 2 ? 1 : 0);
        EXPECT_EQ(cursor_problem(layout_, cursor).value(), "has gone");
    }
}

TEST_F(LogSourceTest, ACursorOfAnotherPartIsTold) {
    archives_->put(part_of_today(1), {one_ + two_ + three_});
    const Cursor all = cursor_after(1, 3);
    const Cursor first_two = cursor_after(1, 2);
    archives_->put(part_of_today(1), {one_ + two_});
    EXPECT_EQ(cursor_problem(source_, all).value(),
              fmt::format("shrank from {} to {} bytes", 3 * one_.size(), 2 * one_.size()));
    archives_->put(part_of_today(1), {three_ + two_ + one_});
    EXPECT_EQ(cursor_problem(source_, first_two).value(), "differs at offset 0");
    archives_->put(part_of_today(1), {one_ + three_ + two_});
    EXPECT_EQ(cursor_problem(source_, first_two).value(),
              fmt::format("differs at offset {}", one_.size()));
}

TEST_F(LogSourceTest, NumbersThatRetentionHasTakenOutAreNoGap) {
    const auto audited = [&](const std::vector<RemovedLines>& removed, const std::string& left) {
        archives_->put(part_of_today(1), {left, removed});
        Strings found;
        const PartInfo part = list_parts(source_).value().at(0);
        const auto counts = audit_part(
            source_, part, [](const Line&) {},
            [&](const Finding& finding) { found.emplace_back(to_string(finding.kind)); });
        EXPECT_TRUE(counts.has_value());
        return found;
    };
    const ByteOffset begin(0);
    const ByteOffset after_one(one_.size());
    const ByteOffset after_two(one_.size() + two_.size());
    const ByteOffset after_three(one_.size() + two_.size() + three_.size());
    const std::string four = whole_line("e4", 4);
    EXPECT_EQ(audited({}, one_ + three_), Strings{"missing"});
    EXPECT_EQ(
        audited({{.at = after_one, .lines = 1, .first = Seq(2), .last = Seq(2)}}, one_ + three_),
        Strings{});
    EXPECT_EQ(audited({{.at = begin, .lines = 2, .first = Seq(1), .last = Seq(2)}}, three_),
              Strings{});
    EXPECT_EQ(audited({{.at = after_two, .lines = 1, .first = Seq(3), .last = Seq(3)}},
                      one_ + whole_line("e2", 2, 1)),
              Strings{});
    // What nobody has removed is missed still, before what was removed and behind it.
    EXPECT_EQ(
        audited({{.at = after_one, .lines = 1, .first = Seq(3), .last = Seq(3)}}, one_ + four),
        Strings{"missing"});
    EXPECT_EQ(audited({{.at = begin, .lines = 1, .first = Seq(2), .last = Seq(2)}}, three_),
              Strings{"missing"});
    EXPECT_EQ(audited({{.at = after_one, .lines = 1, .first = Seq(2), .last = Seq(2)},
                       {.at = after_one, .lines = 1, .first = Seq(4), .last = Seq(4)}},
                      one_ + whole_line("e5", 5)),
              Strings{"missing"});
    EXPECT_EQ(audited({{.at = after_two, .lines = 1, .first = Seq(5), .last = Seq(5)}},
                      one_ + whole_line("e2", 2)),
              Strings{"missing"});
    EXPECT_EQ(audited({{.at = after_three, .lines = 1, .first = Seq(2), .last = Seq(2)}},
                      one_ + whole_line("e2", 2) + three_),
              Strings{"out_of_order"});
    EXPECT_EQ(
        audited({{.at = after_one, .lines = 1, .first = Seq(2), .last = Seq(2)}}, one_ + four),
        Strings{"missing"});
}

TEST_F(LogSourceTest, AFollowerReadsArchivesOnceAndThenWhatIsNew) {
    archives_->put(part_of_today(1), {one_});
    put_part(2, two_);
    Strings seen;
    const auto note = [&](const PartId&, const Line& line) {
        seen.push_back(id_of(line.body));
        return true;
    };
    Follower all = Follower::open(source_, Follower::Start::kBeginning).value();
    ASSERT_TRUE(all.poll(note));
    EXPECT_EQ(seen, (Strings{"e1", "e2"}));
    Follower fresh = Follower::open(source_, Follower::Start::kEnd).value();
    seen.clear();
    put_part(2, two_ + three_);
    ASSERT_TRUE(fresh.poll(note));
    EXPECT_EQ(seen, Strings{"e3"});
}

}  // namespace
}  // namespace daybook::log
