// Turns lines of the log into staged rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "index/field_walk.h"
#include "index/row_hash.h"
#include "index/staging.h"
#include "json/envelope.h"
#include "log/line.h"

namespace daybook::index {

// Brings events of older versions of their schema to the newest one; the schema registry is one.
// Safe to use from all threads.
class Upcaster {
public:
    virtual ~Upcaster() = default;
    // Whether events of `type` in `version` are to be changed.
    virtual bool applies(std::string_view type, int version) const = 0;
    // The event `line`, without its trailer if it has one, as the newest version has it.
    virtual Result<std::string> upcast(std::string_view type, int version,
                                       std::string_view line) const = 0;
};

// One a thread.
class Decoder {
public:
    // `upcaster` may be null; it must outlive the decoder.
    explicit Decoder(const Upcaster* upcaster) : upcaster_(upcaster) {}

    // Adds the event or the damage that `line` holds.  The line must live as long as `staging`,
    // with json::kPadding readable bytes behind it.
    void decode(const log::Line& line, std::uint32_t part, Staging& staging);

private:
    bool stage(const json::Envelope& envelope, std::string_view text, Staging& staging);
    bool stage_row(Table table, std::string_view text, std::span<const FieldRule> rules,
                   std::span<const std::size_t> required, Staging& staging);
    bool stage_life(LifeKind kind, std::string_view text, Staging& staging);
    bool stage_phase(PhaseKind kind, std::string_view text, Staging& staging);
    bool stage_points(std::string_view text, Staging& staging);
    bool stage_tagged(std::string_view text, Staging& staging);
    bool stage_custom(std::string_view type, std::string_view text, Staging& staging);
    void add_tags(Cell author, Cell extra, Staging& staging);
    void add_row(Table table, std::span<Cell> cells, Staging& staging);

    const Upcaster* upcaster_;
    json::EnvelopeReader envelopes_;
    FieldWalk walk_;
    RowHasher hasher_;
    std::string key_;
};

}  // namespace daybook::index
