#include "legacy/json_members.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "json/reader.h"

namespace daybook::legacy {
namespace {

// Whether an object of the value that comes next may have a name twice.  Quick: by hashes of the
// names, which stand in `names` from the objects around on.
bool may_repeat(json::Reader& reader, std::vector<std::uint64_t>& names) {
    bool repeats = false;
    switch (reader.peek()) {
        case json::Kind::kObject: {
            const auto begin = static_cast<std::ptrdiff_t>(names.size());
            std::string_view name;
            reader.enter_object();
            while (reader.next_field(&name)) {
                names.push_back(xxh3_64(name));
                repeats = may_repeat(reader, names) || repeats;
            }
            std::sort(names.begin() + begin, names.end());
            repeats =
                repeats || std::adjacent_find(names.begin() + begin, names.end()) != names.end();
            names.resize(static_cast<std::size_t>(begin));
            return repeats;
        }
        case json::Kind::kArray:
            reader.enter_array();
            while (reader.next_item()) repeats = may_repeat(reader, names) || repeats;
            return repeats;
        default: reader.skip(); return false;
    }
}

std::string value_text(json::Reader& reader) {
    std::string text;
    reader.start_copy(&text);
    reader.skip();
    reader.stop_copy();
    return text;
}

class Rewriter {
public:
    Rewriter(json::Path& path, json::NonFinite& nonfinite, std::string& out)
        : path_(path), nonfinite_(nonfinite), out_(out) {}

    // Appends the value, each of its objects with one member of a name.
    void append(std::string_view value) {
        const bool is_nested = value.starts_with('{') || value.starts_with('[');
        if (!is_nested || !path_.enter()) {
            out_ += value;
            return;
        }
        ++depth_;
        value.starts_with('{') ? append_object(value) : append_array(value);
        --depth_;
        path_.leave();
    }
    std::vector<Replaced> take_replaced() { return std::move(replaced_); }

private:
    struct Member {
        std::string name;
        std::string raw_name;
        std::string value{};
    };

    void append_object(std::string_view object) {
        std::vector<Member> members;
        std::unordered_map<std::string, std::size_t> last;
        json::Reader reader(object);
        std::string_view name;
        reader.enter_object();
        while (reader.next_field(&name)) {
            Member member{.name = std::string(name), .raw_name = std::string(reader.raw_name())};
            member.value = value_text(reader);
            last[member.name] = members.size();
            members.push_back(std::move(member));
        }
        const std::size_t begin = out_.size();
        out_ += '{';
        for (std::size_t i = 0; i < members.size(); ++i) {
            const Member& member = members[i];
            const std::size_t standing = last[member.name];
            path_.set(member.name);
            if (standing != i) {
                if (depth_ == 1) {
                    replaced_.push_back({member.name, member.value, members[standing].value});
                }
                nonfinite_.keep_what_stands(path_.pointer(), members[standing].value);
                continue;
            }
            if (out_.size() > begin + 1) out_ += ',';
            out_.append(member.raw_name).append(":");
            append(member.value);
        }
        out_ += '}';
    }

    void append_array(std::string_view array) {
        json::Reader reader(array);
        reader.enter_array();
        out_ += '[';
        for (std::size_t i = 0; reader.next_item(); ++i) {
            if (i > 0) out_ += ',';
            path_.set(i);
            append(value_text(reader));
        }
        out_ += ']';
    }

    json::Path& path_;
    json::NonFinite& nonfinite_;
    std::string& out_;
    std::size_t depth_ = 0;
    std::vector<Replaced> replaced_{};
};

}  // namespace

std::vector<Replaced> keep_last_of_a_name(std::string& out, std::size_t begin, json::Path& path,
                                          json::NonFinite& nonfinite) {
    json::Reader reader(std::string_view(out).substr(begin));
    std::vector<std::uint64_t> names;
    if (!may_repeat(reader, names) || !reader.finish()) return {};
    const std::string value = out.substr(begin);
    out.resize(begin);
    Rewriter rewriter(path, nonfinite, out);
    rewriter.append(value);
    return rewriter.take_replaced();
}

void keep_numbers(std::string& out, std::size_t begin,
                  const std::function<void(std::string_view, std::string_view)>& left_out) {
    const std::string object = out.substr(begin);
    out.resize(begin);
    out += '{';
    json::Reader reader(object);
    std::string_view name;
    if (reader.enter_object()) {
        while (reader.next_field(&name)) {
            const std::string_view key = reader.raw_name();
            const json::Kind kind = reader.peek();
            if (kind == json::Kind::kNumber) {
                std::string_view number;
                if (!reader.number(&number)) break;
                if (out.back() != '{') out += ',';
                out.append(key).append(":").append(number);
                continue;
            }
            const std::string member(name);
            const std::string value = value_text(reader);
            if (kind != json::Kind::kNull) left_out(member, value);
        }
    }
    out += '}';
}

}  // namespace daybook::legacy
