#include "support/sim_crash.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace daybook::testing {
namespace {

// Before any boot.
constexpr std::int64_t kLongAgoNs = 1;

bool all_zeros(std::string_view content) {
    return content.find_first_not_of('\0') == std::string_view::npos;
}

// What another file has left there: text with lines' ends, but no whole object, which nobody could
// tell from a line of another tool.
std::string stale_garbage(std::uint64_t sector) {
    SeededRandom random(sector);
    std::string content;
    while (content.size() < kSectorBytes) {
        content += fmt::format("{{\"stale\":{}\n", random.next());
        content += static_cast<char>(random.next());
    }
    content.resize(kSectorBytes);
    return content;
}

// Where two contents begin to differ.
std::uint64_t first_difference(const SimBytes& a, const SimBytes& b) {
    if (a.zeros != b.zeros) return std::min(a.zeros, b.zeros);
    const auto end =
        a.data.begin() + static_cast<std::ptrdiff_t>(std::min(a.data.size(), b.data.size()));
    const auto at = std::mismatch(a.data.begin(), end, b.data.begin()).first;
    return a.zeros + static_cast<std::uint64_t>(at - a.data.begin());
}

}  // namespace

CrashSpace::CrashSpace(const SimTree& tree) : tree_(tree) {
    for (std::size_t i = 0; i < tree.name_changes().size(); ++i) {
        questions_.push_back({.kind = Kind::kName, .change = i});
    }
    for (std::uint32_t number = 0; number < tree.inode_count(); ++number) {
        const SimInode& inode = tree.inode(InodeNumber(number));
        if (inode.mode != inode.durable_mode) {
            questions_.push_back({.kind = Kind::kMode, .inode = InodeNumber(number)});
        }
        if (inode.versions.size() > 1) ask_about_file(InodeNumber(number));
    }
    for (const Question& question : questions_) {
        count_ = count_ > kCountMax / question.answers ? kCountMax : count_ * question.answers;
    }
}

void CrashSpace::ask_about_file(InodeNumber number) {
    const SimInode& inode = tree_.inode(number);
    Question size{.kind = Kind::kSize, .inode = number};
    std::uint64_t begin = ~std::uint64_t{0};
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < inode.versions.size(); ++i) {
        const SimBytes& bytes = *inode.versions[i];
        end = std::max(end, bytes.size());
        if (i > 0) begin = std::min(begin, first_difference(*inode.versions[i - 1], bytes));
        const auto& sizes = size.sizes;
        if (std::find(sizes.begin(), sizes.end(), bytes.size()) == sizes.end()) {
            size.sizes.push_back(bytes.size());
        }
    }
    size.answers = size.sizes.size();
    if (size.answers > 1) questions_.push_back(std::move(size));
    for (std::uint64_t sector = begin / kSectorBytes; sector * kSectorBytes < end; ++sector) {
        ask_about_sector(number, sector);
    }
}

void CrashSpace::ask_about_sector(InodeNumber number, std::uint64_t sector) {
    const SimInode& inode = tree_.inode(number);
    Question question{.kind = Kind::kSector, .inode = number, .sector = sector};
    std::vector<std::string>& contents = question.contents;
    for (const auto& version : inode.versions) {
        std::string content = version->sector(sector);
        if (std::find(contents.begin(), contents.end(), content) == contents.end()) {
            contents.push_back(std::move(content));
        }
    }
    if (contents.size() < 2) return;
    // Blocks that have just been given to the file may hold what they held before.
    const bool was_allocated = sector * kSectorBytes < inode.versions.front()->size();
    if (!was_allocated && all_zeros(contents.front())) {
        contents.insert(contents.begin() + 1, stale_garbage(sector));
    }
    question.answers = contents.size();
    questions_.push_back(std::move(question));
}

CrashSpace::Choice CrashSpace::nth(std::uint64_t index) const {
    DAYBOOK_CHECK(index < count_);
    Choice choice;
    for (const Question& question : questions_) {
        choice.push_back(static_cast<std::uint16_t>(index % question.answers));
        index /= question.answers;
    }
    return choice;
}

CrashSpace::Choice CrashSpace::newest() const {
    Choice choice;
    for (const Question& question : questions_) {
        choice.push_back(static_cast<std::uint16_t>(question.answers - 1));
    }
    return choice;
}

CrashSpace::Choice CrashSpace::draw(RandomSource& random) const {
    const std::uint64_t manner = random.next() % 8;
    Choice choice = manner % 2 == 0 ? oldest() : newest();
    if (questions_.empty() || manner < 2) return choice;
    const auto draw_answer = [&](std::size_t i) {
        choice[i] = static_cast<std::uint16_t>(random.next() % questions_[i].answers);
    };
    if (manner < 4) {
        draw_answer(random.next() % questions_.size());
    } else {
        for (std::size_t i = 0; i < questions_.size(); ++i) draw_answer(i);
    }
    return choice;
}

// Puts together what a file is left with, from the answers about it.
class CrashSpace::FileMaker {
public:
    FileMaker(SimTree& left, InodeNumber file, const SimBytes& oldest)
        : left_(left), file_(file), bytes_(oldest), size_(oldest.size()) {}
    ~FileMaker() {
        bytes_.resize(size_);
        left_.change(file_).versions = {std::make_shared<const SimBytes>(std::move(bytes_))};
    }
    FileMaker(const FileMaker&) = delete;
    FileMaker& operator=(const FileMaker&) = delete;

    InodeNumber file() const { return file_; }
    void set_size(std::uint64_t size) { size_ = size; }
    void set_sector(std::uint64_t sector, std::string_view content) {
        bytes_.write(sector * kSectorBytes, content);
    }

private:
    SimTree& left_;
    InodeNumber file_;
    SimBytes bytes_;
    std::uint64_t size_;
};

SimTree CrashSpace::durable_part() const {
    SimTree left = tree_;
    left.name_changes_.clear();
    for (std::uint32_t number = 0; number < left.inode_count(); ++number) {
        SimInode& inode = left.change(InodeNumber(number));
        inode.modified_ns = kLongAgoNs;
        inode.forgotten = nullptr;
        inode.mode = inode.durable_mode;
        inode.entries = inode.durable_entries;
        if (inode.versions.size() > 1) inode.versions.resize(1);
    }
    return left;
}

SimTree CrashSpace::apply(const Choice& choice) const {
    SimTree left = durable_part();
    std::set<std::uint32_t> lost_renames;
    std::optional<FileMaker> maker;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
        const Question& question = questions_[i];
        const std::uint16_t answer = choice[i];
        if (question.kind == Kind::kName) {
            const NameChange& change = tree_.name_changes()[question.change];
            // A rename's addition is asked about before its removal.
            const bool lost =
                answer == 0 || (!change.inode && lost_renames.contains(change.rename));
            if (lost && change.inode && change.rename != 0) lost_renames.insert(change.rename);
            if (!lost) SimTree::apply(change, left.change(change.directory).entries);
        } else if (question.kind == Kind::kMode) {
            if (answer == 1) left.set_mode(question.inode, tree_.inode(question.inode).mode);
        } else {
            if (!maker || maker->file() != question.inode) {
                maker.emplace(left, question.inode, *tree_.inode(question.inode).versions.front());
            }
            if (question.kind == Kind::kSize) maker->set_size(question.sizes[answer]);
            if (question.kind == Kind::kSector) {
                maker->set_sector(question.sector, question.contents[answer]);
            }
        }
    }
    maker.reset();
    left.settle();
    return left;
}

std::string CrashSpace::answer_in_words(const Question& question, std::uint16_t answer) const {
    if (question.kind == Kind::kName) {
        const NameChange& change = tree_.name_changes()[question.change];
        return fmt::format("{} of {}/{}: {}", change.inode ? "adding" : "removing",
                           tree_.path_of(change.directory), change.name,
                           answer == 0 ? "lost" : "kept");
    }
    const std::string path = tree_.path_of(question.inode);
    if (question.kind == Kind::kMode) {
        return fmt::format("mode of {}: {}", path, answer == 0 ? "old" : "new");
    }
    if (question.kind == Kind::kSize) {
        return fmt::format("size of {}: {} of {} to {}", path, question.sizes[answer],
                           question.sizes.front(), question.sizes.back());
    }
    const std::string& content = question.contents[answer];
    std::string what = fmt::format("state {} of {}", answer, question.answers - 1);
    if (all_zeros(content)) what = "NULs";
    if (content == stale_garbage(question.sector)) what = "garbage";
    return fmt::format("bytes of {} from {} on: {}", path, question.sector * kSectorBytes, what);
}

std::string CrashSpace::describe(const Choice& choice) const {
    std::string text;
    for (std::size_t i = 0; i < questions_.size(); ++i) {
        text += "    " + answer_in_words(questions_[i], choice[i]) + '\n';
    }
    return text.empty() ? "    nothing was at stake\n" : text;
}

}  // namespace daybook::testing
