// SOAP 1.1 envelopes (document/literal) and faults, as text.
import { buildXml, childOf, type SafeXml, textOf, type XmlNode } from './xml.ts'

export const soapNamespace = 'http://schemas.xmlsoap.org/soap/envelope/'

export interface SoapFault {
  /** Without prefix: Client, Server, VersionMismatch or MustUnderstand, perhaps with a partner's own suffix. */
  code: string
  reason: string
  detail?: XmlNode
}

/**
 * An unsigned envelope around one element.
 * @param payload the element as XML, already escaped
 */
export const soapEnvelope = (payload: string): string =>
  `<soapenv:Envelope xmlns:soapenv="${soapNamespace}"><soapenv:Header></soapenv:Header><soapenv:Body>${payload}</soapenv:Body></soapenv:Envelope>`

/** A Fault element for the body; `detail` is an element as XML. SOAP 1.1 section 4.4: its children have no namespace. */
export const soapFault = (code: 'Client' | 'Server', reason: string, detail?: SafeXml): SafeXml => {
  const text = (name: string, value: string) => buildXml(name, { _: value })
  const detailElement = detail === undefined ? '' : `<detail>${detail}</detail>`
  return `<soapenv:Fault xmlns:soapenv="${soapNamespace}">${text('faultcode', `soapenv:${code}`)}${text('faultstring', reason)}${detailElement}</soapenv:Fault>` as SafeXml
}

/** Reads a parsed Fault element. */
export const readFault = (fault: XmlNode): SoapFault => {
  const code = textOf(fault, 'faultcode') ?? 'Server'
  const detail = childOf(fault, 'detail')
  return {
    code: code.slice(code.indexOf(':') + 1),
    reason: textOf(fault, 'faultstring') ?? '',
    ...(detail === undefined ? {} : { detail })
  }
}
