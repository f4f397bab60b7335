// SPDX-License-Identifier: MIT
/// Commands that report facts: member, ticket, record, confirm, segment, income, currency, convert, correct, append.
#include <fmt/format.h>

#include <algorithm>

#include "files.hpp"
#include "screen.hpp"
#include "session.hpp"

namespace mikoshi {
namespace {

Json receipt_json(const Entry& receipt) {
  Json json;
  json.set("existing", receipt.existing);
  json.set("id", receipt.id);
  json.set("leaf", to_hex(receipt.leaf));
  json.set("seq", static_cast<std::int64_t>(receipt.seq));
  return json;
}

Printout with_receipts(std::string words, const std::vector<Entry>& receipts) {
  Json::Array items;
  for (const Entry& receipt : receipts) items.push_back(receipt_json(receipt));
  Printout out;
  out.words = std::move(words);
  out.json.set("receipts", std::move(items));
  return out;
}

/// An id for what the person gave no id: the hash of the claim itself. So the same command given twice is one record, and
/// says so; a second equal one wants an id of its own.
template <class E>
RecordId claim_id(std::string_view prefix, E event, const WriteOptions& write) {
  event.id = *RecordId::parse("x");
  Json json;
  encode_fields(event, json);
  return *RecordId::parse(
      fmt::format("{}-{}", prefix, short_hash(to_canonical(json) + write.on + write.channel + "\n" + write.message)));
}

Result<std::optional<Evidence>> read_evidence(const std::string& file, const std::optional<std::uint64_t>& row) {
  if (file.empty()) {
    if (row) return fail(Errc::usage, wording<Word::row_needs_evidence>());
    return std::optional<Evidence>{};
  }
  MIKOSHI_ASSIGN(const Hash hash, hash_file(file));
  return std::optional{Evidence{hash, row}};
}

/// The month given, or the one that a line recorded now falls in.
Result<Period> period_or_now(const std::string& period, const State& state, const WriteOptions& write) {
  if (!period.empty()) return Period::parse(period);
  MIKOSHI_ASSIGN(const Timestamp at, parse_at(write.on.empty() ? write.at : write.on));
  return Period::of(at, state.dao.offset);
}

/// What to say of a record or an income for a month that is closed, or that no charter pays for.
std::string late_words(const State& state, Period period, bool is_income) {
  const auto open = state.decisions.open_period();
  if (!open || period >= *open) return "";
  if (!is_income && period < state.decisions.charters.front().from)
    return wording<Word::before_first_charter_one>(month_name(period));
  return wording<Word::late_one>(month_name(period), month_name(*open));
}

/// "April 2026: 109 points": what counts in a month so far.
std::string points_words(const State& state, Period period) {
  u128 points = 0;
  for (const std::uint32_t index : state.records.waiting) {
    const Contribution& row = state.records.contributions[index];
    if (row.period == period && row.confirmed) points += row.points;
  }
  return wording<Word::points_so_far>(month_name(period), count<Count::points>(points));
}

/// Where the difference goes when what is corrected was distributed already.
std::string difference_words(const State& state) {
  return wording<Word::correct_difference>(month_name(*state.decisions.open_period()));
}

/// The DAO's own currency, or another of its. @error mixed_assets
Result<Currency> currency_named(const State& state, const std::string& code) {
  if (code.empty()) return state.currency;
  MIKOSHI_ASSIGN(const Money* const money, money_of(state, code));
  return money->currency;
}

/// 154.32 yen a dollar, in minor units of both: 15432 for 10000 cents. @error as parse_major | bad_number
Result<Rate> parse_rate(const std::string& text, const Currency& from, const Currency& into) {
  const std::size_t point = text.find('.');
  const std::size_t decimals = point == std::string::npos ? 0 : text.size() - point - 1;
  if (decimals > currency_exponent_max) return fail(Errc::too_many_decimals, wording<Word::rate_form>(), text);
  // As an amount of a currency with as many places as were written.
  MIKOSHI_ASSIGN(const Amount written, parse_major(text, *Currency::make("RATE", decimals)));
  const auto ten_to = [](std::size_t exponent) {
    u128 power = 1;
    for (std::size_t i = 0; i < exponent; ++i) power *= 10;
    return power;
  };
  if (decimals + from.exponent() > 38 || written.minor() == 0) return fail(Errc::bad_number, wording<Word::rate_form>(), text);
  Rate rate{written.minor(), ten_to(decimals)};
  const unsigned more = std::max(from.exponent(), into.exponent()) - std::min(from.exponent(), into.exponent());
  u128& scaled = into.exponent() > from.exponent() ? rate.gives : rate.of;
  for (unsigned i = 0; i < more; ++i) {
    if (scaled >= amount_limit() / 10) return fail(Errc::amount_too_large, wording<Word::rate_form>(), text);
    scaled *= 10;
  }
  return rate;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// One object or an array of them, over as many lines as it likes; or JSON Lines. @error as parse_json, with the place
Result<std::vector<Json>> read_claims(std::string_view text) {
  auto whole = parse_json(text);
  if (whole && whole->array() != nullptr) return *whole->array();
  if (whole) return std::vector<Json>{std::move(*whole)};
  std::vector<Json> claims;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    ++number;
    if (is_blank(line)) continue;
    auto claim = parse_json(line);
    if (!claim && claims.empty()) return Failure{whole.error()};  // no JSON Lines: one text, with a fault in it
    if (!claim)
      return fail(claim.error().code, claim.error().what, fmt::format("line {}, {}", number, claim.error().where));
    claims.push_back(std::move(*claim));
  }
  return claims;
}

}  // namespace

Result<Printout> run_member(const MemberOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  std::vector<Entry> receipts;
  std::vector<std::string> names;
  const auto submit = [&](const MemberId& member) -> Status {
    std::optional<Result<Entry>> receipt;
    if (options.action == "join") receipt = session.submit(MemberJoin{member, {}}, write);
    if (options.action == "leave") receipt = session.submit(MemberLeave{member}, write);
    if (options.action == "rejoin") receipt = session.submit(MemberRejoin{member}, write);
    MIKOSHI_CHECK(receipt.has_value());
    if (!*receipt) return Failure{receipt->error()};
    names.push_back(member.text());
    receipts.push_back(std::move(**receipt));
    return {};
  };
  if (!options.members.empty() && options.count != 0) return fail(Errc::usage, wording<Word::members_or_count>());
  for (const std::string& text : options.members) {
    MIKOSHI_ASSIGN(const MemberId member, MemberId::parse(text));
    MIKOSHI_TRY(submit(member));
  }
  if (options.members.empty() && options.action != "join") return fail(Errc::usage, wording<Word::name_the_member>());
  if (options.members.empty())
    for (std::uint64_t i = 0; i < std::max<std::uint64_t>(options.count, 1); ++i)
      MIKOSHI_TRY(submit(next_id(session.state().members.ids, "m")));
  MIKOSHI_TRY(session.commit());
  const bool all_old = std::all_of(receipts.begin(), receipts.end(), [](const Entry& r) { return r.existing; });
  const std::string who = listed(names);
  std::string words;
  if (options.action == "join")
    words = all_old ? wording<Word::joined_before>(who) : wording<Word::joined>(who);
  else if (options.action == "leave")
    words = all_old ? wording<Word::left_before>(who) : wording<Word::left>(who);
  else
    words = all_old ? wording<Word::came_back_before>(who) : wording<Word::came_back>(who);
  return with_receipts(std::move(words), receipts);
}

Result<Printout> run_ticket(const TicketOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  std::vector<Entry> receipts;
  std::string words;
  if (options.action == "mint") {
    if (options.to.empty()) return fail(Errc::usage, wording<Word::mint_to_whom>());
    if (!options.ticket.empty() && options.to.size() != 1) return fail(Errc::usage, wording<Word::mint_one_to_one>());
    std::vector<std::string> members = options.to;
    if (members == std::vector<std::string>{"all"}) {
      members.clear();
      for (const auto& [id, index] : session.state().members.ids.sorted())
        if (session.state().members.rows[index].active()) members.push_back(id.text());
    }
    std::vector<std::string> names;
    for (const std::string& to : members) {
      TicketMint mint;
      MIKOSHI_ASSIGN(mint.ticket_class, ClassId::parse(options.ticket_class));
      MIKOSHI_ASSIGN(mint.to, MemberId::parse(to));
      if (options.ticket.empty()) {
        mint.ticket = next_id(session.state().holdings.ticket_ids, "t");
      } else {
        MIKOSHI_ASSIGN(mint.ticket, TicketId::parse(options.ticket));
      }
      MIKOSHI_ASSIGN(Entry receipt, session.submit(mint, write));
      names.push_back(mint.ticket.text());
      receipts.push_back(std::move(receipt));
    }
    if (names.empty()) return fail(Errc::no_eligible, wording<Word::mint_nobody>());
    // Only an id that was given can stand there already: the same claim, whatever became of the ticket since.
    words = receipts.front().existing ? wording<Word::minted_before>(names.front(), receipts.front().seq)
                                      : wording<Word::minted>(listed(names), listed(members));
  } else {
    MIKOSHI_ASSIGN(const TicketId ticket, TicketId::parse(options.ticket));
    MIKOSHI_ASSIGN(const MemberId from, MemberId::parse(options.from));
    if (options.action == "transfer") {
      if (options.to.size() != 1) return fail(Errc::usage, wording<Word::transfer_to_whom>());
      MIKOSHI_ASSIGN(const MemberId to, MemberId::parse(options.to.front()));
      MIKOSHI_ASSIGN(Entry receipt, session.submit(TicketTransfer{from, ticket, to}, write));
      receipts.push_back(std::move(receipt));
      words = wording<Word::transferred>(ticket.text(), from.text(), to.text());
    } else {
      MIKOSHI_ASSIGN(Entry receipt, session.submit(TicketBurn{from, ticket}, write));
      receipts.push_back(std::move(receipt));
      words = wording<Word::burned>(ticket.text());
    }
  }
  MIKOSHI_TRY(session.commit());
  return with_receipts(std::move(words), receipts);
}

Result<Printout> run_record(const RecordOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  ContributionNew event;
  MIKOSHI_ASSIGN(event.member, MemberId::parse(options.member));
  MIKOSHI_ASSIGN(event.points, parse_count(options.points));
  MIKOSHI_ASSIGN(event.type, KindId::parse(options.type));
  MIKOSHI_ASSIGN(event.period, period_or_now(options.period, session.state(), write));
  if (!options.confirmed.empty()) {
    MIKOSHI_ASSIGN(event.confirmed, MemberId::parse(options.confirmed));
  }
  MIKOSHI_ASSIGN(event.evidence, read_evidence(options.evidence, options.row));
  if (options.id.empty()) {
    event.id = claim_id("c", event, write);
  } else {
    MIKOSHI_ASSIGN(event.id, RecordId::parse(options.id));
  }
  MIKOSHI_ASSIGN(const Entry receipt, session.submit(event, write));
  MIKOSHI_TRY(session.commit());
  const State& state = session.state();
  const bool confirmed = state.records.contributions[*state.records.ids.find(event.id)].confirmed;
  std::string words = receipt.existing
                          ? wording<Word::record_twice>(receipt.seq)
                          : wording<Word::recorded>(event.member.text(), count<Count::points>(event.points),
                                                    month_name(event.period), receipt.seq);
  if (!confirmed) words += wording<Word::record_needs_confirmation>(receipt.seq);
  words += late_words(state, event.period, false);
  return with_receipts(std::move(words), {receipt});
}

Result<Printout> run_confirm(const ConfirmOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const std::string text, session.line_at(options.seq));
  MIKOSHI_ASSIGN(const Line line, decode_line(text));
  const auto* record = std::get_if<ContributionNew>(&line.event);
  if (record == nullptr) return fail(Errc::no_such_record, wording<Word::no_contribution>(options.seq));
  MIKOSHI_ASSIGN(const MemberId by, MemberId::parse(options.by));
  MIKOSHI_ASSIGN(const Entry receipt, session.submit(ContributionConfirm{by, record->id}, write));
  MIKOSHI_TRY(session.commit());
  return with_receipts(wording<Word::confirmed>(by.text(), count<Count::points>(record->points), record->member.text(),
                                                points_words(session.state(), record->period)),
                       {receipt});
}

Result<Printout> run_income(const IncomeOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const Currency currency, currency_named(session.state(), options.currency));
  IncomeNew event;
  MIKOSHI_ASSIGN(const Amount amount, parse_major(options.amount, currency));
  event.amount = amount.minor();
  event.currency = currency.code();
  if (!options.from.empty()) {
    MIKOSHI_ASSIGN(event.from, parse_hash(options.from));
  }
  MIKOSHI_ASSIGN(event.period, period_or_now(options.period, session.state(), write));
  MIKOSHI_ASSIGN(event.evidence, read_evidence(options.evidence, options.row));
  if (options.id.empty()) {
    event.id = claim_id("i", event, write);
  } else {
    MIKOSHI_ASSIGN(event.id, RecordId::parse(options.id));
  }
  MIKOSHI_ASSIGN(const Entry receipt, session.submit(event, write));
  MIKOSHI_TRY(session.commit());
  const std::string booked = money_words(amount.minor(), currency);
  std::string words = receipt.existing ? wording<Word::income_twice>(receipt.seq)
                      : event.evidence
                          ? wording<Word::income_booked_with_evidence>(booked, month_name(event.period), receipt.seq)
                          : wording<Word::income_booked>(booked, month_name(event.period), receipt.seq);
  words += late_words(session.state(), event.period, true);
  return with_receipts(std::move(words), {receipt});
}

Result<Printout> run_opening(const OpeningOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const Currency currency, currency_named(session.state(), options.currency));
  OpeningNew event;
  MIKOSHI_ASSIGN(const Amount amount, parse_major(options.amount, currency));
  event.amount = amount.minor();
  event.currency = currency.code();
  MIKOSHI_ASSIGN(event.to, OpeningAccount::parse(options.to));
  MIKOSHI_ASSIGN(event.evidence, read_evidence(options.evidence, options.row));
  if (options.id.empty()) {
    event.id = claim_id("o", event, write);
  } else {
    MIKOSHI_ASSIGN(event.id, RecordId::parse(options.id));
  }
  MIKOSHI_ASSIGN(const Entry entry, session.submit(event, write));
  MIKOSHI_TRY(session.commit());
  return with_receipts(entry.existing ? wording<Word::income_twice>(entry.seq)
                                      : wording<Word::opening_booked>(event.to.text(),
                                                                      money_words(event.amount, currency), entry.seq),
                       {entry});
}

Result<Printout> run_currency(const CurrencyOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(const Currency currency, parse_currency(options.code));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const Entry entry, session.submit(CurrencyNew{currency.code(), currency.exponent()}, write));
  MIKOSHI_TRY(session.commit());
  return with_receipts(wording<Word::currency_declared>(currency.code()), {entry});
}

Result<Printout> run_convert(const ConvertOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  const State& state = session.state();
  MIKOSHI_ASSIGN(const Currency from, currency_named(state, options.from));
  MIKOSHI_ASSIGN(const Currency into, currency_named(state, options.into));
  ConversionNew event;
  MIKOSHI_ASSIGN(const Amount amount, parse_major(options.amount, from));
  MIKOSHI_ASSIGN(event.rate, parse_rate(options.rate, from, into));
  MIKOSHI_ASSIGN(event.rounding, Codec<Rounding>::decode(Json{options.rounding}));
  event.amount = amount.minor();
  event.currency = from.code();
  event.into = into.code();
  MIKOSHI_ASSIGN(event.gives, converted(event.amount, event.rate, event.rounding));
  MIKOSHI_ASSIGN(event.period, period_or_now(options.period, state, write));
  MIKOSHI_ASSIGN(event.evidence, read_evidence(options.evidence, options.row));
  if (options.id.empty()) {
    event.id = claim_id("c", event, write);
  } else {
    MIKOSHI_ASSIGN(event.id, RecordId::parse(options.id));
  }
  MIKOSHI_ASSIGN(const Entry entry, session.submit(event, write));
  MIKOSHI_TRY(session.commit());
  return with_receipts(entry.existing ? wording<Word::income_twice>(entry.seq)
                                      : wording<Word::converted>(money_words(event.amount, from),
                                                                 money_words(event.gives, into), entry.seq),
                       {entry});
}

Result<Printout> run_segment(const SegmentOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  SegmentNew event;
  MIKOSHI_ASSIGN(event.points, parse_count(options.points));
  for (const std::string& text : options.members) {
    MIKOSHI_ASSIGN(MemberId member, MemberId::parse(text));
    event.members.push_back(std::move(member));
  }
  MIKOSHI_ASSIGN(event.period, period_or_now(options.period, session.state(), write));
  MIKOSHI_ASSIGN(event.evidence, read_evidence(options.evidence, options.row));
  if (options.id.empty()) {
    event.id = claim_id("s", event, write);
  } else {
    MIKOSHI_ASSIGN(event.id, RecordId::parse(options.id));
  }
  MIKOSHI_ASSIGN(const Entry entry, session.submit(event, write));
  MIKOSHI_TRY(session.commit());
  std::string words = entry.existing ? wording<Word::income_twice>(entry.seq)
                                     : wording<Word::segment_recorded>(count<Count::points>(event.points),
                                                                       count<Count::people>(event.members.size()),
                                                                       month_name(event.period), entry.seq);
  words += late_words(session.state(), event.period, false);
  return with_receipts(std::move(words), {entry});
}

Result<Printout> run_correct(const CorrectOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  MIKOSHI_ASSIGN(const std::string text, session.line_at(options.seq));
  MIKOSHI_ASSIGN(const Line line, decode_line(text));
  if (const auto* record = std::get_if<ContributionNew>(&line.event)) {
    if (options.points.empty()) return fail(Errc::usage, wording<Word::correct_needs_points>(options.seq));
    MIKOSHI_ASSIGN(const std::uint64_t points, parse_count(options.points));
    const State& state = session.state();
    const Contribution& row = state.records.contributions[*state.records.ids.find(record->id)];
    const std::uint64_t before = row.points;
    if (before == points) return fail(Errc::conflict, wording<Word::correct_same>(thousands(points)));
    const bool counted = !row.waiting || row.points_counted != 0;
    MIKOSHI_ASSIGN(const Entry receipt, session.submit(ContributionCorrect{record->id, points}, write));
    MIKOSHI_TRY(session.commit());
    const std::string after = counted ? difference_words(state) : points_words(state, record->period);
    return with_receipts(
        wording<Word::points_corrected>(record->member.text(), thousands(before), thousands(points), after), {receipt});
  }
  if (const auto* income = std::get_if<IncomeNew>(&line.event)) {
    if (options.amount.empty()) return fail(Errc::usage, wording<Word::correct_needs_amount>(options.seq));
    MIKOSHI_ASSIGN(const Currency currency, currency_named(session.state(), income->currency));
    MIKOSHI_ASSIGN(const Amount amount, parse_major(options.amount, currency));
    const State& state = session.state();
    const Income& row = state.incomes.rows[*state.incomes.ids.find(income->id)];
    const u128 before = row.amount;
    if (before == amount.minor()) return fail(Errc::conflict, wording<Word::correct_same>(money(before, currency)));
    const auto& closed = state.decisions.closed_through;
    const bool distributed = row.distributed != 0 || (closed && row.enters <= *closed);
    MIKOSHI_ASSIGN(const Entry receipt, session.submit(IncomeCorrect{amount.minor(), income->id}, write));
    MIKOSHI_TRY(session.commit());
    std::string words = wording<Word::amount_corrected>(money(before, currency), money_words(amount.minor(), currency));
    if (distributed) words += difference_words(state) + "\n";
    return with_receipts(std::move(words), {receipt});
  }
  const auto* conversion = std::get_if<ConversionNew>(&line.event);
  const auto* segment = std::get_if<SegmentNew>(&line.event);
  if (conversion == nullptr && segment == nullptr)
    return fail(Errc::no_such_record, wording<Word::correct_neither>(options.seq));
  if (!options.undo) return fail(Errc::usage, wording<Word::correct_needs_undo>(options.seq));
  MIKOSHI_ASSIGN(const Entry receipt, conversion != nullptr ? session.submit(ConversionUndo{conversion->id}, write)
                                                            : session.submit(SegmentWithdraw{segment->id}, write));
  MIKOSHI_TRY(session.commit());
  return with_receipts(wording<Word::corrected_undone>(options.seq, receipt.seq), {receipt});
}

Result<Printout> run_append(const AppendOptions& options, const CommonOptions& common, const WriteOptions& write) {
  MIKOSHI_ASSIGN(const std::string text, read_file(options.file, json_bytes_max));
  MIKOSHI_ASSIGN(const std::vector<Json> claims, read_claims(text));
  MIKOSHI_ASSIGN(Session session, Session::open(common, Access::write));
  std::vector<Entry> receipts;
  Printout out;
  for (const Json& claim : claims) {
    auto receipt = session.submit(claim, write);
    if (!receipt)
      return fail(receipt.error().code, receipt.error().what,
                  fmt::format("event {}{}{}", receipts.size() + 1, receipt.error().where.empty() ? "" : ", ",
                              receipt.error().where));
    out.words += to_canonical(receipt_json(*receipt)) + "\n";
    receipts.push_back(std::move(*receipt));
  }
  MIKOSHI_TRY(session.commit());
  out.words_are_json = true;
  return out;
}

}  // namespace mikoshi
