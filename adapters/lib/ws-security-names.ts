// The namespaces and algorithm URIs of XML Signature and WS-Security.
import { soapNamespace } from './soap.ts'

export type SignatureAlgorithm = 'rsa-sha256' | 'rsa-sha1'

/** By prefix, as our messages and XPath expressions use them. */
export const namespaces = {
  soap: soapNamespace,
  ds: 'http://www.w3.org/2000/09/xmldsig#',
  ec: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  wsse: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd',
  wsu: 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd'
}

export const exclusiveCanonicalization = namespaces.ec

/** Each signature algorithm with the digest that goes with it. */
export const signatureAlgorithms: Record<SignatureAlgorithm, { uri: string; digestUri: string; digest: 'sha256' | 'sha1' }> = {
  'rsa-sha256': {
    uri: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    digestUri: 'http://www.w3.org/2001/04/xmlenc#sha256',
    digest: 'sha256'
  },
  'rsa-sha1': { uri: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1', digestUri: 'http://www.w3.org/2000/09/xmldsig#sha1', digest: 'sha1' }
}

/** Node's name of each digest we read. */
export const digestAlgorithms: Readonly<Record<string, 'sha1' | 'sha256' | 'sha512'>> = {
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512'
}

export const tokenProfile = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3'
export const base64Encoding = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary'
