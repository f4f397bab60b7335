// SPDX-License-Identifier: MIT
/** Layer 9. What each refusal means, in plain words, and what to do about it. */

/** @typedef {{en: string, ja: string}} Text */

/** What to do, by the sort of refusal. @type {Record<string, Text>} */
const advice = {
  again: {
    en: "The file was probably damaged on its way. Fetch it once more from where it is published. If it stays like this, show this page to other members.",
    ja: "ファイルが途中で壊れたようです。公開されている場所からもう一度取り直してください。それでも同じなら、この画面をほかのメンバーに見せてください。",
  },
  rule: {
    en: "Do not rely on this ledger. Tell the stewards the line's number and the word in brackets, and compare your file with another member's.",
    ja: "この台帳を信用しないでください。行の番号とかっこの中の言葉を立会人に伝え、ほかのメンバーのファイルと見比べてください。",
  },
  signature: {
    en: "Do not rely on it. Keep the file, and ask the stewards in a place where other members can read the answer.",
    ja: "信用しないでください。ファイルは残したまま、ほかのメンバーにも見える場所で立会人にたずねてください。",
  },
  older: {
    en: "Fetch the newest ledger and snapshot from where they are published. If they are no newer, ask the stewards in a place where other members can read the answer.",
    ja: "公開されている場所から、いちばん新しい台帳と締めの記録を取り直してください。それでも新しくならなければ、ほかのメンバーにも見える場所で立会人にたずねてください。",
  },
  histories: {
    en: "Rely on neither. Keep these files, and show other members what stands below: it does not tell which history is true, but that there are two.",
    ja: "どちらも信用しないでください。ファイルは残したまま、下の内容をほかのメンバーに見せてください。どちらが本当かまではわかりませんが、二つあることは示せます。",
  },
  forget: {
    en: "Ask other members which snapshot they have seen. Then press Forget below, which gives up what was remembered, and check again.",
    ja: "ほかのメンバーが見た締めの記録をたずねてください。そのうえで下の「忘れる」を押し(覚えていた内容は失われます)、もう一度確かめてください。",
  },
  pair: {
    en: "Take the ledger and the snapshot from the same place, on the same day, and choose both again.",
    ja: "台帳と締めの記録を、同じ場所から同じ日に取り直して、もう一度選んでください。",
  },
  wait: {
    en: "Wait until more stewards have signed, then fetch the file again.",
    ja: "立会人の署名がそろうのを待って、ファイルを取り直してください。",
  },
  own: {
    en: "Check the member's id that you typed, or ask for your own receipt.",
    ja: "入力した番号を確かめるか、自分の受取証をもらってください。",
  },
  choose: {
    en: "Choose a ledger (.jsonl), a snapshot (.note) or a receipt (.tlog-proof), each of them once.",
    ja: "台帳(.jsonl)、締めの記録(.note)、受取証(.tlog-proof)を、それぞれひとつずつ選んでください。",
  },
  hash: {
    en: "Copy it again from the announcement: 64 characters, 0 to 9 and a to f.",
    ja: "発表された文からもう一度写してください。0〜9 と a〜f の64文字です。",
  },
  page: {
    en: "That is a fault of this page, and says nothing about your file. Please tell those who made it, and check with the mikoshi tool meanwhile.",
    ja: "このページの故障で、ファイルの良し悪しとは関係ありません。作った人に知らせて、それまでは mikoshi のツールで確かめてください。",
  },
};

/** What was found, and which advice goes with it. @type {Record<string, [keyof typeof advice, string, string]>} */
const meanings = {
  // The page's own.
  no_file: ["choose", "No file was chosen yet.", "まだファイルが選ばれていません。"],
  no_ledger: ["choose", "A snapshot alone shows little: the ledger that it signs is missing.", "締めの記録だけでは確かめられません。台帳も必要です。"],
  unknown_file: ["choose", "This is neither a ledger, nor a snapshot, nor a receipt.", "台帳でも、締めの記録でも、受取証でもないファイルです。"],
  file_too_large: ["choose", "This file is larger than this page reads.", "このページで読める大きさを超えています。"],
  internal: ["page", "The page itself has failed.", "ページの側で問題が起きました。"],

  bad_pin: ["forget", "What this browser remembered of this community is damaged, so nothing could be compared.", "このコミュニティについて覚えていた内容が壊れていて、比べられません。"],

  // Files and spellings.
  truncated: ["again", "The file ends in the middle of a line.", "ファイルが行の途中で終わっています。"],
  bad_json: ["again", "A line cannot be read.", "読めない行があります。"],
  not_canonical: ["again", "A line is not in the one spelling that is allowed.", "決められたただひとつの書き方と違う行があります。"],
  bad_utf8: ["again", "There are characters that are no text.", "文字として読めない部分があります。"],
  duplicate_key: ["again", "A line says the same thing twice.", "同じ項目が二度書かれています。"],
  too_deep: ["again", "A line is nested too deeply.", "入れ子が深すぎます。"],
  too_large: ["rule", "A line, or a number in it, is larger than allowed.", "行か数が、決められた上限を超えています。"],
  bad_base64: ["again", "A coded part of the file cannot be read.", "符号化された部分が読めません。"],
  bad_note: ["again", "The snapshot does not have the form of a snapshot.", "締めの記録の形になっていません。"],
  bad_receipt: ["again", "The receipt does not have the form of a receipt.", "受取証の形になっていません。"],
  bad_hex: ["hash", "A hash or a key is not spelled as one.", "ハッシュか鍵の書き方が違います。"],
  unsupported_version: ["rule", "The ledger is of a newer format than this page knows.", "このページが知らない新しい形式の台帳です。"],
  unknown_kind: ["rule", "A line is of a kind that this page does not know.", "このページが知らない種類の行があります。"],

  // The chain of lines.
  chain_broken: ["again", "The lines are not numbered one after the other: one is missing, doubled or moved.", "行の番号が続いていません。行が消されたか、増えたか、入れ替わっています。"],
  time_not_monotone: ["rule", "A line was recorded earlier than the one before it.", "前の行より早い時刻で記録された行があります。"],
  time_in_future: ["rule", "A line tells of something before it happened.", "起きる前のことを記録した行があります。"],
  not_first_line: ["again", "The ledger does not begin with its first line.", "台帳の最初の行が、あるべき行ではありません。"],

  // Computations.
  payout_mismatch: ["rule", "Recomputed, the amounts are not those that the ledger says.", "計算し直すと、台帳に書かれた金額と一致しません。"],
  stale_draft: ["rule", "A month was approved with other numbers than it has.", "承認された月の数字が、いまの計算と一致しません。"],
  weight_overflow: ["rule", "The weights of a month are too large to compute with.", "ある月の重みが大きすぎて計算できません。"],
  bad_charter: ["rule", "The rules for sharing are not written as such rules have to be.", "分配規約の書き方が正しくありません。"],
  no_charter: ["rule", "There are no rules for sharing this.", "これを分ける規約がありません。"],
  owed_exceeded: ["rule", "More was paid out than was owed.", "未払残高より多く支払われています。"],
  balance_exceeded: ["rule", "More went out than there was.", "残高より多く出ています。"],
  duplicate_evidence: ["rule", "The same piece of evidence was used twice.", "同じ証拠が二度使われています。"],
  unauthorised: ["rule", "Somebody said what is not theirs to say.", "言う権限のない人の行があります。"],

  // Signatures, snapshots, receipts.
  bad_signature: ["signature", "A signature is not of the one whose name it bears.", "名前の人のものではない署名があります。"],
  signature_required: ["rule", "A line that has to be signed is not.", "署名が必要な行に署名がありません。"],
  quorum_not_met: ["wait", "Not enough stewards have signed yet.", "立会人の署名がまだ足りません。"],
  root_mismatch: ["pair", "What the stewards signed is not this ledger.", "立会人が署名したのは、この台帳ではありません。"],
  ledger_too_short: ["pair", "The snapshot covers more lines than the ledger has.", "締めの記録が覚えている行より、台帳の行が少なくなっています。"],
  no_snapshot: ["pair", "The line that was signed is no statement.", "署名された行が、締めの行ではありません。"],
  rollback: ["older", "This is older than what this browser has already seen signed.", "このブラウザが前に見た署名済みのものより、古い記録です。"],
  equivocation: ["histories", "Two histories were signed: this one, and another one that this browser saw before.", "署名された歴史が二つあります。これと、このブラウザが前に見たものです。"],
  wrong_domain: ["pair", "These files are of two different communities.", "別々のコミュニティのファイルです。"],
  unexpected_snapshot: ["signature", "The snapshot's hash is another one than was announced.", "締めの記録のハッシュが、発表されたものと違います。"],
  wrong_member: ["own", "This is the receipt of somebody else.", "ほかの人の受取証です。"],
  wrong_period: ["again", "The receipt has a payout of a month that was not closed with it.", "受取証に、この締めにはない月の金額があります。"],
  mixed_assets: ["rule", "A currency is named that is not there.", "ない通貨の名前があります。"],
  proof_mismatch: ["again", "The receipt does not lead to what the stewards signed: something in it was changed.", "受取証をたどっても、立会人が署名したものに行き着きません。どこかが書き換えられています。"],
  proof_wrong_length: ["again", "The receipt's proof has a wrong length: something in it was changed.", "受取証の証明の長さが合いません。どこかが書き換えられています。"],
  proof_index_out_of_range: ["again", "The receipt names a place that there is not: something in it was changed.", "受取証がない場所を指しています。どこかが書き換えられています。"],
};

/** The others of FORMAT.md: a line breaks a rule that only those who keep the ledger need to know. */
const other = /** @type {const} */ (["rule", "A line breaks a rule of the ledger.", "台帳の決まりに合わない行があります。"]);

/** @param {string} code @returns {{meaning: Text, advice: Text}} */
export function explain(code) {
  const [sort, en, ja] = Object.hasOwn(meanings, code) ? meanings[code] : other;
  return { meaning: { en, ja }, advice: advice[sort] };
}
