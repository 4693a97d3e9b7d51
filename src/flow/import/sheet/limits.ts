// What a spreadsheet may cost before it is turned down. Everything is counted while it is opened: what the file says of itself is no promise.

export const sheetLimits = {
  /** As sent. 100,000 rows of every column take half of it. */
  fileBytesMax: 32 * 1024 * 1024,
  partsMax: 2_000,
  /** A sheet of 100,000 rows of every column as XML takes a third of it. */
  sheetBytesMax: 512 * 1024 * 1024,
  /** Texts that cells share, as XML and as they are kept. */
  textsBytesMax: 256 * 1024 * 1024,
  textsKeptBytesMax: 128 * 1024 * 1024,
  /** Workbook, styles, relations: a few kilobytes, more where somebody formats cell by cell. */
  otherPartBytesMax: 16 * 1024 * 1024,
  /** Bytes made of one. A sheet has about 10, what repeats itself may have 50, a bomb up to 1,032. */
  ratioMax: 200,
  ratioFreeBytes: 1024 * 1024,
  depthMax: 64,
  /** XML without the end of a tag or a text in it. */
  silentCharsMax: 1024 * 1024,
  sheetsMax: 256,
  formatsMax: 66_000,
  textsMax: 4_000_000,
  /** What Excel lets a cell hold. */
  cellCharsMax: 32_767,
  rowCharsMax: 1024 * 1024,
  columnsMax: 16_384,
  rowsMax: 1_048_576,
  /** Of the rows as they are handed on: twice what 100,000 full ones take. */
  rowsKeptBytesMax: 128 * 1024 * 1024,
  mergesMax: 100_000
} as const
