#include "frame.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace daybook::node {
namespace {

// Up to here each integer is a double of its own.
constexpr double kSafeIntegerMax = 9007199254740991.0;

bool is_integer(double value) {
    return std::abs(value) <= kSafeIntegerMax && std::trunc(value) == value &&
           !(value == 0 && std::signbit(value));
}

}  // namespace

Napi::Value Frame::allocate(Napi::Env env, std::size_t slots, std::size_t text_bytes) {
    const Napi::ArrayBuffer slots_buffer = Napi::ArrayBuffer::New(env, slots * sizeof(double));
    const Napi::ArrayBuffer text_buffer = Napi::ArrayBuffer::New(env, text_bytes);
    // The references keep the buffers, and with them the addresses.
    slots_buffer_ = Napi::Persistent(slots_buffer);
    text_buffer_ = Napi::Persistent(text_buffer);
    slots_ = static_cast<const double*>(slots_buffer_.Value().Data());
    text_ = static_cast<const char*>(text_buffer_.Value().Data());
    slots_size_ = slots;
    text_size_ = text_bytes;
    fields_.reserve(slots / 2);
    Napi::Object both = Napi::Object::New(env);
    both.Set("slots", slots_buffer);
    both.Set("text", text_buffer);
    return both;
}

std::size_t Frame::intern(std::string name) {
    names_.push_back(std::move(name));
    return names_.size() - 1;
}

void Frame::rewind() {
    next_slot_ = 0;
    next_text_ = 0;
    fields_.clear();
}

daybook_str Frame::read_text(std::size_t bytes) {
    const std::size_t size = std::min(bytes, text_size_ - next_text_);
    const daybook_str text{.data = text_ + next_text_, .size = size};
    next_text_ += size;
    return text;
}

daybook_object Frame::read_object(std::size_t count) {
    // fields_ never grows beyond what allocate() has reserved, so that its fields stay in place.
    const std::size_t readable = std::min(count, (slots_size_ - next_slot_) / 2);
    const std::size_t first = fields_.size();
    for (std::size_t i = 0; i < readable; ++i) fields_.push_back(read_field());
    return daybook_fields(fields_.data() + first, readable);
}

daybook_field Frame::read_field() {
    const auto head = static_cast<std::size_t>(slots_[next_slot_]);
    const double value = slots_[next_slot_ + 1];
    next_slot_ += 2;
    daybook_field field{};
    if (const std::size_t name = head / 8; name < names_.size()) {
        field.name = {.data = names_[name].data(), .size = names_[name].size()};
    }
    switch (static_cast<SlotKind>(head % 8)) {
        case SlotKind::kNull: field.type = DAYBOOK_TYPE_NULL; break;
        case SlotKind::kBool:
            field.type = DAYBOOK_TYPE_BOOL;
            field.value.boolean = value != 0 ? 1 : 0;
            break;
        case SlotKind::kInt:
            field.type = DAYBOOK_TYPE_INT;
            field.value.integer = std::bit_cast<std::int64_t>(value);
            break;
        case SlotKind::kUint:
            field.type = DAYBOOK_TYPE_UINT;
            field.value.uinteger = std::bit_cast<std::uint64_t>(value);
            break;
        case SlotKind::kNumber:
            field.type = is_integer(value) ? DAYBOOK_TYPE_INT : DAYBOOK_TYPE_DOUBLE;
            if (field.type == DAYBOOK_TYPE_INT) {
                field.value.integer = static_cast<std::int64_t>(value);
            } else {
                field.value.real = value;
            }
            break;
        case SlotKind::kText:
            field.type = DAYBOOK_TYPE_STRING;
            field.value.text = read_text(static_cast<std::size_t>(value));
            break;
        case SlotKind::kJson:
            field.type = DAYBOOK_TYPE_JSON;
            field.value.text = read_text(static_cast<std::size_t>(value));
            break;
    }
    return field;
}

}  // namespace daybook::node
