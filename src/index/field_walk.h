// Reads the fields of one event into cells, in one pass over its text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "index/staging.h"

namespace daybook::index {

// How a field becomes a cell.  A field of another JSON type than it should have becomes what comes
// nearest, or NULL; so does null.
enum class Read : std::uint8_t {
    kText,  // a string; a number or a boolean as it is written
    kJson,  // any value as it is written
    kInt,   // a number, rounded
    kBool,
    kTexts,      // an array of strings
    kParams,     // an object as it is written; its numbers go to FieldWalk::params()
    kMetrics,    // the same, to metrics()
    kNonfinite,  // {JSON pointer: "NaN"…}: into those numbers too; stays in extra
    kFailure,    // an object as it is written; its phase_name goes to failed_phase()
    kTags,       // an object; its fields go to tags()
};

struct FieldRule {
    std::string_view field;
    std::size_t cell = 0;
    Read read = Read::kText;
};

struct Tag {
    std::string_view key;
    Cell value;  // text; NULL removes the tag
};

// One a thread; what it gives lives until the next read(), texts as long as the staging.
class FieldWalk {
public:
    using Numbers = std::vector<std::pair<std::string_view, double>>;

    FieldWalk();
    ~FieldWalk();

    // Reads `text`, a JSON object behind which json::kPadding bytes can be read and which lives as
    // long as `staging`.  The fields that `rules` name go to their cells; the envelope and the
    // trailer are left out; all others make up extra().  Of a repeated field the last one counts.
    // False if `text` is malformed.
    bool read(std::string_view text, std::span<const FieldRule> rules, std::span<Cell> cells,
              Staging& staging);

    // The other fields as a JSON object; NULL if there are none.
    Cell extra() const { return extra_cell_; }
    const Numbers& params() const { return params_; }
    const Numbers& metrics() const { return metrics_; }
    const std::vector<Tag>& tags() const { return tags_; }
    Cell failed_phase() const { return failed_phase_; }

private:
    struct Json;
    struct Nonfinite {
        std::string_view pointer;
        double value;
    };
    void clear();
    void apply_nonfinite(Staging& staging);

    std::unique_ptr<Json> json_;
    std::string extra_;
    Cell extra_cell_;
    Numbers params_;
    Numbers metrics_;
    std::vector<Nonfinite> nonfinite_;
    std::vector<std::string_view> param_arrays_;
    std::vector<std::string_view> metric_arrays_;
    std::vector<Tag> tags_;
    std::vector<std::string_view> texts_;
    Cell failed_phase_;
};

}  // namespace daybook::index
