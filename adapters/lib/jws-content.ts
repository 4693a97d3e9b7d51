// What a compact JWS holds, read without judging its signature: for a message that was authenticated when it came.

/** Header and payload (RFC 7515 section 7.1); null for a part that is no JSON object, or when the text is no compact JWS. */
export const jwsContent = (token: string): { header: Record<string, unknown> | null; payload: Record<string, unknown> | null } => {
  const parts = token.trim().split('.')
  if (parts.length !== 3) return { header: null, payload: null }
  return { header: toObject(parts[0] ?? ''), payload: toObject(parts[1] ?? '') }
}

const toObject = (segment: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
