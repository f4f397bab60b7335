// SPDX-License-Identifier: MIT
#pragma once
/// @file command.hpp
/// Every command of the tool: its options, and the function that runs it.
///
/// A command is a function from its options to what it prints. Nothing is printed before it has succeeded, so a failed
/// command leaves standard output empty.

#include <optional>
#include <string>
#include <vector>

#include "keys.hpp"
#include "mikoshi/base/json.hpp"
#include "mikoshi/base/result.hpp"

namespace mikoshi {

/// What a command prints when it has succeeded: plain words, or with --json one canonical JSON line.
struct Printout {
  std::string words;
  Json json;
  bool words_are_json = false;  ///< the words are for programs already (append)
  std::optional<Errc> verdict{};  ///< what it answers for, where the answer is no good news: evidence that holds
};

/// Options that every command takes.
struct CommonOptions {
  std::string dir = ".";
  bool json = false;
};

/// Options of every command that writes.
struct WriteOptions {
  std::string at;       ///< when it is recorded; default now
  std::string on;       ///< when it happened
  std::string channel;  ///< with `message`: the operator relays what a member said there
  std::string message;
};

// --- without a ledger ---------------------------------------------------------------------------------------------

struct SplitOptions {
  std::string rule = "carry";
  std::vector<std::string> amounts;
  std::vector<std::string> weights;  ///< id=w
  std::string weights_file;
};
[[nodiscard]] Result<Printout> run_split(const SplitOptions& options);

struct VectorsOptions {
  std::string out;
};
[[nodiscard]] Result<Printout> run_vectors(const VectorsOptions& options);

struct KeyNewOptions {
  std::string file;
  bool ed25519 = false;
  unsigned scrypt_log2 = 17;
  PasswordSource password;
};
[[nodiscard]] Result<Printout> run_key_new(const KeyNewOptions& options);

struct KeyPublicOptions {
  std::string file;
};
[[nodiscard]] Result<Printout> run_key_public(const KeyPublicOptions& options);

struct NewOptions {
  std::string dir;
  std::string charter_template;
  std::vector<std::string> stewards;  ///< NAME=PUBKEY
  std::optional<std::uint64_t> threshold;
  std::string offset = "+00:00";
  std::string currency = "JPY:0";
  std::string salt;
  std::string from;  ///< first month
  unsigned scrypt_log2 = 17;
  PasswordSource password;
};
[[nodiscard]] Result<Printout> run_new(const NewOptions& options, const WriteOptions& write);

// --- facts --------------------------------------------------------------------------------------------------------

struct MemberOptions {
  std::string action;  ///< join, leave, rejoin
  std::vector<std::string> members;
  std::uint64_t count = 0;  ///< join: how many new ids to make
};
[[nodiscard]] Result<Printout> run_member(const MemberOptions& options, const CommonOptions& common,
                                          const WriteOptions& write);

struct TicketOptions {
  std::string action;  ///< mint, transfer, burn
  std::string ticket;
  std::string ticket_class = "ticket";
  std::string from;
  std::vector<std::string> to;
};
[[nodiscard]] Result<Printout> run_ticket(const TicketOptions& options, const CommonOptions& common,
                                          const WriteOptions& write);

struct RecordOptions {
  std::string member;
  std::string points;
  std::string type = "work";
  std::string period;
  std::string confirmed;
  std::string evidence;  ///< a file
  std::optional<std::uint64_t> row;
  std::string id;
};
[[nodiscard]] Result<Printout> run_record(const RecordOptions& options, const CommonOptions& common,
                                          const WriteOptions& write);

struct ConfirmOptions {
  std::uint64_t seq = 0;
  std::string by;
};
[[nodiscard]] Result<Printout> run_confirm(const ConfirmOptions& options, const CommonOptions& common,
                                           const WriteOptions& write);

struct IncomeOptions {
  std::string amount;
  std::string currency;  ///< empty: the DAO's own
  std::string from;      ///< the id of the DAO that gave it
  std::string period;
  std::string evidence;
  std::optional<std::uint64_t> row;
  std::string id;
};
[[nodiscard]] Result<Printout> run_income(const IncomeOptions& options, const CommonOptions& common,
                                          const WriteOptions& write);

struct OpeningOptions {
  std::string to;  ///< a member, or pool:NAME
  std::string amount;
  std::string currency;  ///< empty: the DAO's own
  std::string evidence;
  std::optional<std::uint64_t> row;
  std::string id;
};
[[nodiscard]] Result<Printout> run_opening(const OpeningOptions& options, const CommonOptions& common,
                                           const WriteOptions& write);

struct CorrectOptions {
  std::uint64_t seq = 0;
  std::string points;
  std::string amount;
  bool undo = false;  ///< a conversion or a segment is taken back
};
[[nodiscard]] Result<Printout> run_correct(const CorrectOptions& options, const CommonOptions& common,
                                           const WriteOptions& write);

struct CurrencyOptions {
  std::string code;  ///< USD:2
};
[[nodiscard]] Result<Printout> run_currency(const CurrencyOptions& options, const CommonOptions& common,
                                            const WriteOptions& write);

struct ConvertOptions {
  std::string amount;
  std::string from, into;  ///< currency codes
  std::string rate;        ///< what one whole unit of `from` gives
  std::string rounding = "down";
  std::string period;
  std::string evidence;
  std::optional<std::uint64_t> row;
  std::string id;
};
[[nodiscard]] Result<Printout> run_convert(const ConvertOptions& options, const CommonOptions& common,
                                           const WriteOptions& write);

struct SegmentOptions {
  std::string points;
  std::vector<std::string> members;
  std::string period;
  std::string evidence;
  std::optional<std::uint64_t> row;
  std::string id;
};
[[nodiscard]] Result<Printout> run_segment(const SegmentOptions& options, const CommonOptions& common,
                                           const WriteOptions& write);

struct ShowOptions {
  std::string what;  ///< member, ticket, work, review, open
  std::string id;
  std::optional<std::uint64_t> seq;  ///< as it stood before that line
};
[[nodiscard]] Result<Printout> run_show(const ShowOptions& options, const CommonOptions& common);

struct ClaimOptions {
  std::string file;  ///< the event
  std::string who;
  std::string key;        ///< a key file to sign with
  std::string speaker;    ///< or: for which key
  std::string signature;  ///< and its signature
  std::string expires;
  std::optional<std::uint64_t> nonce;
  bool typed = false;
  PasswordSource password;
};
[[nodiscard]] Result<Printout> run_claim(const ClaimOptions& options, const CommonOptions& common);

struct PartnersOptions {
  std::vector<std::string> dirs;  ///< the other communities' folders
  std::string period;             ///< which month to settle; empty: hold all that was given against all that was booked
  bool book = false;              ///< record what this community gets
};
[[nodiscard]] Result<Printout> run_partners(const PartnersOptions& options, const CommonOptions& common,
                                            const WriteOptions& write);

/// A source file, and how it is read: all of it declared, nothing guessed. See table.hpp.
struct TableOptions {
  std::string file;
  std::vector<std::string> map;  ///< field=column, field==value, or a shipped mapping's name
  std::string encoding = "utf-8";
  std::string numbers = "1234";
  std::string dates = "2026-04-30T15:00:00Z";
  std::vector<std::string> fill_down;  ///< columns
  bool dry_run = false;
};

struct ImportOptions {
  TableOptions table;
  std::string period;  ///< contributions, income: the month of rows that name none
};
[[nodiscard]] Result<Printout> run_import_contributions(const ImportOptions& options, const CommonOptions& common,
                                                        const WriteOptions& write);
[[nodiscard]] Result<Printout> run_import_members(const ImportOptions& options, const CommonOptions& common,
                                                  const WriteOptions& write);
[[nodiscard]] Result<Printout> run_import_income(const ImportOptions& options, const CommonOptions& common,
                                                 const WriteOptions& write);
[[nodiscard]] Result<Printout> run_import_openings(const ImportOptions& options, const CommonOptions& common,
                                                   const WriteOptions& write);

struct TransfersOptions {
  std::string file;          ///< the answer to eth_getLogs
  std::string contract;      ///< the ERC-721 contract's address
  std::string ticket_class;  ///< the class that its tokens are tickets of
  bool check = false;        ///< compare the owners, write nothing
  bool dry_run = false;
};
[[nodiscard]] Result<Printout> run_import_transfers(const TransfersOptions& options, const CommonOptions& common,
                                                    const WriteOptions& write);

struct AppendOptions {
  std::string file = "-";
};
[[nodiscard]] Result<Printout> run_append(const AppendOptions& options, const CommonOptions& common,
                                          const WriteOptions& write);

// --- the month ----------------------------------------------------------------------------------------------------

struct DraftOptions {
  std::string period;
};
[[nodiscard]] Result<Printout> run_draft(const DraftOptions& options, const CommonOptions& common,
                                         const WriteOptions& write);

struct ApproveOptions {
  std::string period;
  std::string key;
  bool unsigned_yet = false;  ///< instead of a key: the stewards sign elsewhere
  PasswordSource password;
};
[[nodiscard]] Result<Printout> run_approve(const ApproveOptions& options, const CommonOptions& common,
                                           const WriteOptions& write);

struct SignOptions {
  std::string at;  ///< when it is signed; default now
  std::string key;
  std::string proposal;  ///< a change of stewards, instead of the newest snapshot
  PasswordSource password;
};
[[nodiscard]] Result<Printout> run_sign(const SignOptions& options, const CommonOptions& common);
[[nodiscard]] Result<Printout> run_sign_proposal(const SignOptions& options, const CommonOptions& common);

struct PrepareOptions {
  std::string out;       ///< the folder to make
  std::string proposal;  ///< with `typed`: a change of stewards
  bool typed = false;    ///< print what a wallet signs
};
[[nodiscard]] Result<Printout> run_prepare(const PrepareOptions& options, const CommonOptions& common);

struct CombineOptions {
  std::vector<std::string> notes;
  std::vector<std::string> signatures;  ///< NAME=0x…, by wallets
  std::vector<std::string> witnesses;   ///< NAME+ID+KEY
};
[[nodiscard]] Result<Printout> run_combine(const CombineOptions& options, const CommonOptions& common);

struct VoidOptions {
  std::string period;
};
[[nodiscard]] Result<Printout> run_void(const VoidOptions& options, const CommonOptions& common,
                                        const WriteOptions& write);

struct PayPlanOptions {
  std::string out;
};
[[nodiscard]] Result<Printout> run_pay_plan(const PayPlanOptions& options, const CommonOptions& common,
                                            const WriteOptions& write);
/// The planned payments as a file once more.
[[nodiscard]] Result<Printout> run_pay_file(const PayPlanOptions& options, const CommonOptions& common);
[[nodiscard]] Result<Printout> run_pay_sent(const CommonOptions& common, const WriteOptions& write);

struct PaySettleOptions {
  TableOptions table;
  std::vector<std::string> results;  ///< settled=WORD, failed=WORD: what the bank calls them
};
[[nodiscard]] Result<Printout> run_pay_settle(const PaySettleOptions& options, const CommonOptions& common,
                                              const WriteOptions& write);
[[nodiscard]] Result<Printout> run_pay_list(const CommonOptions& common);

struct PayWalletsOptions {
  std::string currency;  ///< empty: the DAO's own
};
/// Plans a payment to each member with a wallet who is owed enough in a currency.
[[nodiscard]] Result<Printout> run_pay_wallets(const PayWalletsOptions& options, const CommonOptions& common,
                                               const WriteOptions& write);

struct ClaimsOptions {
  std::string currency;                    ///< empty: the DAO's own
  std::string form = "standard";           ///< standard, single, window
  std::optional<std::uint64_t> statement;  ///< its seq; none: the last one
  std::string out;
};
[[nodiscard]] Result<Printout> run_claims(const ClaimsOptions& options, const CommonOptions& common);

struct ReceiptOptions {
  std::string member;
  bool all = false;
  std::string period;
  std::string out;  ///< a file, or with `all` a folder
};
[[nodiscard]] Result<Printout> run_receipt(const ReceiptOptions& options, const CommonOptions& common);

struct ForgetOptions {
  std::string member;
  std::string at;
};
[[nodiscard]] Result<Printout> run_forget(const ForgetOptions& options, const CommonOptions& common);

[[nodiscard]] Result<Printout> run_owed(const CommonOptions& common);
[[nodiscard]] Result<Printout> run_status(const CommonOptions& common, const std::string& at);

struct AnnounceOptions {
  std::string period;
};
[[nodiscard]] Result<Printout> run_announce(const AnnounceOptions& options, const CommonOptions& common);

// --- for everyone -------------------------------------------------------------------------------------------------

struct VerifyOptions {
  std::vector<std::string> paths;  ///< a folder, a ledger and a snapshot, or a receipt
  std::string member;              ///< whose receipt it must be
  std::string period;              ///< the month that it must be about
  std::string expect;
  std::string dao;
  std::vector<std::string> stewards;
  std::optional<std::uint64_t> threshold;
  std::vector<std::string> partners;  ///< folders of communities that it pays or is paid by
  std::vector<std::string> witnesses;  ///< NAME+ID+KEY
  std::optional<std::uint64_t> witness_threshold;
  bool no_pin = false;
};
[[nodiscard]] Result<Printout> run_verify(const VerifyOptions& options, const CommonOptions& common);
[[nodiscard]] Result<Printout> run_verify_receipt(const VerifyOptions& options);
[[nodiscard]] Result<Printout> run_verify_evidence(const VerifyOptions& options);

[[nodiscard]] Result<Printout> run_pins();

struct PinsForgetOptions {
  std::string dao;
};
[[nodiscard]] Result<Printout> run_pins_forget(const PinsForgetOptions& options);

struct CompareOptions {
  std::string one, other;            ///< snapshots
  std::vector<std::string> ledgers;  ///< files or folders
  std::string out;                   ///< a file for evidence
};
[[nodiscard]] Result<Printout> run_compare(const CompareOptions& options);

struct PublishOptions {
  std::string out;            ///< the folder to write
  std::string page;           ///< a file that becomes index.html; empty: the one that was built, where it is
  bool for_everyone = false;  ///< outsiders may see it
  bool yes = false;           ///< agreed to that
};
[[nodiscard]] Result<Printout> run_publish(const PublishOptions& options, const CommonOptions& common);

struct AuditOptions {
  std::string folder;      ///< a published one
  std::string from;        ///< a snapshot that has to be continued
  std::string remember;    ///< a file that holds what was audited
  VerifyOptions expected;  ///< the part that says what to expect
};
[[nodiscard]] Result<Printout> run_audit(const AuditOptions& options);

struct ExplainOptions {
  std::string payee;  ///< a member, or an account: pool:NAME
  std::string period;
  bool exact = false;  ///< the certificate as a ratio, too
};
[[nodiscard]] Result<Printout> run_explain(const ExplainOptions& options, const CommonOptions& common);

struct SimulateOptions {
  std::string dir;                    ///< the ledger's folder, where it is not --dir
  std::vector<std::string> charters;  ///< a file, a template's name, or now
  std::string from;
  std::string to;
  std::string svg;  ///< a folder to make
  bool all = false;
  bool attack = false;
};
[[nodiscard]] Result<Printout> run_simulate(const SimulateOptions& options, const CommonOptions& common);

struct CharterProposeOptions {
  std::string file;
  std::string from;       ///< the first month; empty: the one after --at, or the next one that begins
  std::string id;         ///< empty: v1, v2, …
  std::vector<std::string> partners;  ///< folders of communities that it pays, or is paid by
  bool check_only = false;
  bool allow_idle = false;  ///< weights that nobody can have yet are let through
};
[[nodiscard]] Result<Printout> run_charter_propose(const CharterProposeOptions& options, const CommonOptions& common,
                                                   const WriteOptions& write);

struct CharterWordsOptions {
  std::string id;
  std::string charter_template;
};
[[nodiscard]] Result<Printout> run_charter_words(const CharterWordsOptions& options, const CommonOptions& common);

}  // namespace mikoshi
