// Verbs for the tests of the log: making drafts and lines, appending, and reading all back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/calendar.h"
#include "log/layout.h"
#include "log/line.h"
#include "log/scan.h"
#include "log/writer.h"
#include "os/file.h"
#include "os/test_support.h"

namespace daybook::log {

// Noon of 2026-01-23.
inline constexpr Day kToday(20476);
inline constexpr TimestampMs kNoon(20476 * kDayMs + kDayMs / 2);

inline PartId part_of_today(std::uint32_t number) {
    return {.day = kToday, .number = PartNumber(number)};
}

// An event without its closing brace and without its time, at least `bytes` long.
inline std::string draft_text(std::string_view id, std::size_t bytes = 0) {
    std::string text = R"({"event_type":"t","event_id":")" + std::string(id) +
                       R"(","timestamp_ms":0000000000000,"run_id":"r")";
    if (text.size() < bytes) text += ",\"x\":\"" + std::string(bytes - text.size(), 'x') + '"';
    return text;
}

// The line that the writer makes from such a draft, with its newline.
inline std::string whole_line(std::string_view id, std::uint64_t seq, std::uint64_t synced = 0,
                              std::size_t bytes = 0) {
    std::string line = draft_text(id, bytes);
    append_trailer(line, 0, Seq(seq), Seq(synced));
    return line;
}

inline std::string id_of(std::string_view line) {
    constexpr std::string_view kKey = R"("event_id":")";
    const std::size_t at = line.find(kKey);
    if (at == std::string_view::npos) return "";
    const std::string_view rest = line.substr(at + kKey.size());
    return std::string(rest.substr(0, rest.find('"')));
}

// Puts the time in, as the ledger's stamper does.
class TimeStamper final : public Stamper {
public:
    void stamp(std::size_t, std::span<char> text, TimestampMs time) override {
        constexpr std::string_view kKey = R"("timestamp_ms":)";
        const std::size_t at = std::string_view(text.data(), text.size()).find(kKey) + kKey.size();
        const std::string digits = fmt::format("{:013}", time.value());
        if (digits.size() == 13)
            std::copy(digits.begin(), digits.end(), text.begin() + static_cast<std::ptrdiff_t>(at));
        times.push_back(time);
    }
    std::vector<TimestampMs> times;
};

// A line as it was read back.
struct Seen {
    PartId part;
    std::string id;
    LineKind kind = LineKind::kDamaged;
    Seq seq;
    Seq synced;
};

// A log in a directory of its own.
class LogTest : public ::testing::Test {
protected:
    struct Event {
        std::string id;
        std::optional<TimestampMs> time{};
        std::size_t bytes = 0;
    };

    std::unique_ptr<Writer> open_writer() { return Writer::open(layout_, options()).value(); }
    WriterOptions options() { return {.clock = &clock_, .background = false}; }

    AppendOutcome append_all(Writer& writer, const std::vector<Event>& events,
                             Durability durability = Durability::kProcess) {
        std::vector<std::string> texts;
        for (const Event& event : events) texts.push_back(draft_text(event.id, event.bytes));
        std::vector<Draft> drafts;
        for (std::size_t i = 0; i < events.size(); ++i) {
            drafts.push_back({.text = std::span(texts[i]), .timestamp = events[i].time});
        }
        TimeStamper stamper;
        AppendOutcome outcome = writer.append(drafts, durability, stamper);
        stamped_ = stamper.times;
        return outcome;
    }
    // The error's code if the one event is not accepted.
    std::optional<ErrorCode> append(Writer& writer, const std::string& id,
                                    Durability durability = Durability::kProcess) {
        const AppendOutcome outcome = append_all(writer, {{.id = id}}, durability);
        EXPECT_EQ(outcome.accepted, outcome.error ? 0U : 1U);
        if (!outcome.error) return std::nullopt;
        return outcome.error->code();
    }

    void put_part(std::uint32_t number, std::string_view bytes) {
        ASSERT_TRUE(os::make_dirs(layout_.day_dir(kToday)));
        put_file(layout_.part_path(part_of_today(number)), bytes);
    }
    static void put_file(const std::string& path, std::string_view bytes) {
        const os::UniqueFd fd = os::open_fd(path, O_WRONLY | O_CREAT | O_TRUNC).value();
        ASSERT_FALSE(os::write_all(fd.get(), bytes, path).error);
    }
    std::string part_bytes(std::uint32_t number) {
        return os::read_file(layout_.part_path(part_of_today(number)), std::size_t{1} << 30)
            .value();
    }
    // What lies in torn/, by name.
    std::map<std::string, std::string> evidence() {
        std::map<std::string, std::string> files;
        const auto entries = os::list_dir(layout_.torn_dir());
        if (!entries) return files;
        for (const os::DirEntry& entry : *entries) {
            files[entry.name] =
                os::read_file(os::join_path(layout_.torn_dir(), entry.name), 1 << 20).value();
        }
        return files;
    }

    std::vector<PartInfo> all_parts() { return list_parts(layout_).value(); }
    // Every whole line of the log, part by part.
    std::vector<Seen> read_all() {
        std::vector<Seen> seen;
        for (const PartInfo& part : all_parts()) {
            PartReader reader = PartReader::open(layout_, part.id).value();
            while (const std::optional<Line> line = reader.next().value()) {
                seen.push_back({part.id, id_of(line->body), line->kind, line->seq, line->synced});
            }
        }
        return seen;
    }
    std::vector<std::string> read_ids() {
        std::vector<std::string> ids;
        for (const Seen& line : read_all()) ids.push_back(line.id);
        return ids;
    }
    std::vector<std::string> parts() {
        std::vector<std::string> names;
        for (const PartInfo& part : all_parts()) names.push_back(to_string(part.id));
        return names;
    }
    // No damage, and the numbers of each part's own lines are 1, 2, 3…
    void expect_sound() {
        std::map<PartId, std::uint64_t> last;
        for (const Seen& line : read_all()) {
            EXPECT_EQ(line.kind, LineKind::kOurs) << to_string(line.part);
            EXPECT_EQ(line.seq, Seq(++last[line.part])) << to_string(line.part);
            EXPECT_LT(line.synced, line.seq);
        }
    }

    os::TempDir dir_;
    Layout layout_{dir_ / "ledger"};
    ManualClock clock_{kNoon};
    std::vector<TimestampMs> stamped_;  // by the last append_all()
};

}  // namespace daybook::log
