// SPDX-License-Identifier: MIT
/// `mikoshi import transfers`: an ERC-721 contract says who owns which ticket; the ledger follows it, or is held against it.
#include <fmt/format.h>

#include <map>
#include <set>

#include "files.hpp"
#include "screen.hpp"
#include "session.hpp"
#include "transfer_log.hpp"

namespace mikoshi {
namespace {

/// Who has owned each ticket, one after the other, by the ledger's lines. Nobody, at the end: burned.
class TicketOwners {
 public:
  using Owners = std::vector<std::optional<MemberId>>;

  /// To be told of every line before it is applied.
  void note(const State& before, const Line& line) {
    if (executed_) note_estates(before);
    executed_ = std::holds_alternative<Execute>(line.event);
    if (const auto* mint = std::get_if<TicketMint>(&line.event)) owners_[mint->ticket].push_back(mint->to);
    if (const auto* move = std::get_if<TicketTransfer>(&line.event)) owners_[move->ticket].push_back(move->to);
    if (const auto* burn = std::get_if<TicketBurn>(&line.event)) owners_[burn->ticket].push_back(std::nullopt);
  }
  /// The last line was applied.
  void note_end(const State& state) {
    if (executed_) note_estates(state);
  }
  /// Empty: never minted.
  [[nodiscard]] const Owners& of(const TicketId& ticket) const {
    static const Owners none;
    const auto found = owners_.find(ticket);
    return found == owners_.end() ? none : found->second;
  }

 private:
  /// A proposal that took effect may have given the tickets of the dead to heirs, which no line says of each ticket.
  void note_estates(const State& state) {
    for (auto& [id, owners] : owners_) {
      const Ticket& ticket = state.holdings.tickets[*state.holdings.ticket_ids.find(id)];
      const MemberId& holder = state.members.ids[ticket.holder()];
      if (owners.back() && *owners.back() != holder) owners.push_back(holder);
    }
  }

  std::map<TicketId, Owners> owners_;
  bool executed_ = false;  ///< by the line that was noted last
};

/// Whose each address is. A key that has ended still tells who owned a token under it: no key is ever bound to two.
std::map<EthereumAddress, MemberId> wallets_of(const State& state) {
  std::map<EthereumAddress, MemberId> wallets;
  for (const auto& [id, index] : state.members.ids.sorted())
    for (const MemberKey& key : state.members.rows[index].keys)
      if (key.key.ethereum() != nullptr) wallets.emplace(*key.key.ethereum(), id);
  return wallets;
}

/// A ticket that somebody else owns by the ledger than by the log.
struct Difference {
  TicketId ticket;
  std::optional<MemberId> ledger, log;  ///< none: nobody

  [[nodiscard]] std::string words() const {
    const auto owner = [](const std::optional<MemberId>& who) { return who ? who->text() : wording<Word::owner_nobody>(); };
    return wording<Word::transfers_differ>(ticket.text(), owner(ledger), owner(log));
  }
  [[nodiscard]] Json json() const {
    Json json;
    if (ledger) json.set("ledger", ledger->text());
    if (log) json.set("log", log->text());
    json.set("ticket", ticket.text());
    return json;
  }
};

/// What the log says of one ticket.
struct LoggedTicket {
  std::optional<MemberId> owner;
  std::size_t known = 0;  ///< how many of the ledger's owners the log has named
};

std::string place_of(const TokenTransfer& transfer) {
  return wording<Word::log_place>(transfer.block, transfer.index, transfer.token);
}

}  // namespace

Result<Printout> run_import_transfers(const TransfersOptions& options, const CommonOptions& common,
                                      const WriteOptions& write) {
  MIKOSHI_ASSIGN(const EthereumAddress contract, EthereumAddress::parse_any(options.contract));
  MIKOSHI_ASSIGN(const ClassId class_id, ClassId::parse(options.ticket_class));
  MIKOSHI_ASSIGN(const std::string text, read_file(options.file, json_bytes_max));
  MIKOSHI_ASSIGN(const std::vector<TokenTransfer> transfers, parse_transfer_log(text, contract));
  TicketOwners owners;
  const bool reads = options.check || options.dry_run;
  MIKOSHI_ASSIGN(Session session, Session::open(common, reads ? Access::read : Access::write,
                                                [&](const Ledger& before, const Line& line) -> Status {
                                                  owners.note(before.state, line);
                                                  return {};
                                                }));
  const State& state = session.state();
  owners.note_end(state);
  MIKOSHI_ASSIGN(const auto class_index, state.holdings.find_class(class_id));
  const auto wallets = wallets_of(state);

  std::map<TicketId, LoggedTicket> logged;
  std::size_t minted = 0, moved = 0, burned = 0, existing = 0;
  for (const TokenTransfer& transfer : transfers) {
    const auto refused = [&](const Error& error) {
      return fail(error.code, error.what, place_of(transfer) + (error.where.empty() ? "" : ", " + error.where));
    };
    const auto ticket = TicketId::parse(class_id.text() + "-" + transfer.token);
    if (!ticket) return refused(ticket.error());
    const auto known = state.holdings.ticket_ids.find(*ticket);
    if (known && state.holdings.tickets[*known].kind != class_index)
      return refused({Errc::wrong_class, wording<Word::transfers_other_class>(ticket->text()), {}});
    LoggedTicket& row = logged[*ticket];
    std::optional<MemberId> to;
    if (!transfer.is_burn()) {
      const auto wallet = wallets.find(transfer.to);
      if (wallet == wallets.end())
        return refused({Errc::no_such_member, wording<Word::transfers_no_wallet>(to_checksum(transfer.to)), {}});
      to = wallet->second;
    }
    const std::optional<MemberId> from = row.owner;
    row.owner = to;
    if (from && to && *from == *to) continue;  // from one wallet to another of the same member
    const TicketOwners::Owners& before = owners.of(*ticket);
    if (row.known < before.size()) {
      if (!options.check && before[row.known] != to)
        return refused({Errc::owners_differ,
                        Difference{*ticket, before[row.known], to}.words(),
                        {}});
      ++row.known;
      ++existing;
      continue;
    }
    if (options.check) continue;
    Json claim;
    if (transfer.when && write.on.empty()) claim.set("on", to_string(*transfer.when));
    const auto submit = [&](const auto& event, std::size_t& counted) -> Status {
      claim.set("kind", event.kind);
      encode_fields(event, claim);
      auto entry = session.submit(std::move(claim), write);
      if (!entry) return refused(entry.error());
      ++counted;
      return {};
    };
    if (!from) {
      MIKOSHI_TRY(submit(TicketMint{class_id, {}, *ticket, *to}, minted));
    } else if (to) {
      MIKOSHI_TRY(submit(TicketTransfer{*from, *ticket, *to}, moved));
    } else {
      MIKOSHI_TRY(submit(TicketBurn{*from, *ticket}, burned));
    }
  }

  // Who owns each ticket of the class by the ledger, held against the log: all of them agree, or the ledger knows more.
  std::vector<Difference> differences;
  std::size_t live = 0;
  for (const auto& [id, index] : state.holdings.ticket_ids.sorted()) {
    const Ticket& ticket = state.holdings.tickets[index];
    if (ticket.kind != class_index) continue;
    std::optional<MemberId> held, owned;
    if (ticket.burned_s == forever_s) held = state.members.ids[ticket.holder()];
    if (const auto row = logged.find(id); row != logged.end()) owned = row->second.owner;
    logged.erase(id);
    live += held ? 1 : 0;
    if (held != owned) differences.push_back({id, held, owned});
  }
  for (const auto& [id, row] : logged)  // never minted in the ledger
    if (row.owner) differences.push_back({id, std::nullopt, row.owner});
  Printout out;
  Json::Array items;
  std::vector<std::string> said;
  for (const Difference& difference : differences) {
    said.push_back(difference.words());
    items.push_back(difference.json());
  }
  out.json.set("differences", std::move(items));
  out.json.set("tickets", static_cast<std::int64_t>(live));
  if (options.check) {
    if (!said.empty()) return fail(Errc::owners_differ, fmt::format("{}", fmt::join(said, "; ")), options.file);
    out.words = wording<Word::transfers_agree>(count<Count::tickets>(live));
    return out;
  }
  if (!options.dry_run) MIKOSHI_TRY(session.commit());
  out.words = wording<Word::transfers_done>(minted, moved, burned);
  if (existing != 0) out.words += wording<Word::transfers_existing>(existing);
  for (const std::string& difference : said) out.words += wording<Word::transfers_ahead>(difference);
  if (options.dry_run) {
    out.words.insert(0, wording<Word::dry_run>());
    out.json.set("dry_run", true);
  }
  out.json.set("burned", static_cast<std::int64_t>(burned));
  out.json.set("existing", static_cast<std::int64_t>(existing));
  out.json.set("minted", static_cast<std::int64_t>(minted));
  out.json.set("moved", static_cast<std::int64_t>(moved));
  return out;
}

}  // namespace mikoshi
