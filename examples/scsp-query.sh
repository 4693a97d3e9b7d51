#!/bin/sh
# A Spanish administration asks over SCSP v3 whether somebody may work for an employer on a date: curl sends, xmlsec1 signs and verifies, xmllint
# validates (apt install curl xmlsec1 libxml2-utils openssl). Then it asks what must be refused, and expects SCSP's own codes.
# GW            the gateway's address                 SERVICE  the name of the service, from the operator
# KEY, CERT     private key and certificate, PEM; the operator registers CERT
# GATEWAY_CERT  the certificate that the gateway signs with, PEM, from the operator
# REQUESTER     NIF of the administration              PROCEDURE  the procedure it is registered for
# PASSPORT      number of a Moroccan passport          EMPLOYER   CIF       DATE  YYYY-MM-DD
# EMISOR, CODE  NIF of who runs the gateway and code of the service, where the operator set others than S2816015H and GECCOAUTORIZADOWS01
set -eu
: "${GW:?}" "${SERVICE:?}" "${KEY:?}" "${CERT:?}" "${GATEWAY_CERT:?}" "${REQUESTER:?}" "${PROCEDURE:?}" "${PASSPORT:?}" "${EMPLOYER:?}" "${DATE:?}"
EMISOR=${EMISOR:-S2816015H} CODE=${CODE:-GECCOAUTORIZADOWS01}
umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$(cd "$(dirname "$0")/.." && pwd)
fail() { echo "failed: $*" >&2; exit 1; }

# The schemas, those of the service under the name by which the protocol's import them.
cp "$root"/adapters/lib/scsp/xsd/*.xsd "$work" && cp "$root/adapters/gecco/xsd/autorizado.xsd" "$work/datos-especificos.xsd"

soap=http://schemas.xmlsoap.org/soap/envelope/
scsp=http://intermediacion.redsara.es/scsp/esquemas
oasis=http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss
dsig=http://www.w3.org/2000/09/xmldsig#
exclusive='http://www.w3.org/2001/10/xml-exc-c14n#'

# solicitud ID TYPE DOCUMENT: one question.
solicitud() {
  cat <<END
<SolicitudTransmision><DatosGenericos>
<Emisor><NifEmisor>$EMISOR</NifEmisor><NombreEmisor>Jisr</NombreEmisor></Emisor>
<Solicitante><IdentificadorSolicitante>$REQUESTER</IdentificadorSolicitante><NombreSolicitante>Inspeccion de Trabajo</NombreSolicitante>
<UnidadTramitadora>Inspeccion Provincial</UnidadTramitadora><CodigoUnidadTramitadora>E04027005</CodigoUnidadTramitadora>
<Procedimiento><CodProcedimiento>$PROCEDURE</CodProcedimiento><NombreProcedimiento>Campana agraria</NombreProcedimiento></Procedimiento>
<Finalidad>Control de autorizaciones en la campana agraria</Finalidad><Consentimiento>Ley</Consentimiento>
<Funcionario><NombreCompletoFuncionario>Persona Funcionaria</NombreCompletoFuncionario><NifFuncionario>54362315K</NifFuncionario></Funcionario></Solicitante>
<Titular><TipoDocumentacion>$2</TipoDocumentacion><Documentacion>$3</Documentacion></Titular>
<Transmision><CodigoCertificado>$CODE</CodigoCertificado><IdSolicitud>$1</IdSolicitud></Transmision></DatosGenericos>
<DatosEspecificos xmlns="$scsp/datosespecificos"><Consulta><Empleador>$EMPLOYER</Empleador><Fecha>$DATE</Fecha></Consulta></DatosEspecificos>
</SolicitudTransmision>
END
}

# peticion ID COUNT: a request with the questions on standard input.
peticion() {
  cat <<END
<Peticion xmlns="$scsp/V3/peticion"><Atributos><IdPeticion>$1</IdPeticion><NumElementos>$2</NumElementos>
<TimeStamp>$(date +%Y-%m-%dT%H:%M:%S.000%:z)</TimeStamp><CodigoCertificado>$CODE</CodigoCertificado></Atributos><Solicitudes>
END
  cat && echo '</Solicitudes></Peticion>'
}

# sign KEY CERT: the envelope around standard input, its body signed by WS-Security X.509.
sign() {
  { cat <<END
<soap:Envelope xmlns:soap="$soap" xmlns:wsu="$oasis-wssecurity-utility-1.0.xsd" xmlns:wsse="$oasis-wssecurity-secext-1.0.xsd"><soap:Header><wsse:Security>
<wsse:BinarySecurityToken wsu:Id="token" ValueType="$oasis-x509-token-profile-1.0#X509v3" EncodingType="$oasis-soap-message-security-1.0#Base64Binary">$(grep -v -- ----- "$2")</wsse:BinarySecurityToken>
<Signature xmlns="$dsig"><SignedInfo><CanonicalizationMethod Algorithm="$exclusive"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
<Reference URI="#body"><Transforms><Transform Algorithm="$exclusive"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo>
<SignatureValue/><KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI="#token"/></wsse:SecurityTokenReference></KeyInfo></Signature>
</wsse:Security></soap:Header><soap:Body wsu:Id="body">
END
    cat && echo '</soap:Body></soap:Envelope>'; } >"$work/template.xml"
  xmlsec1 --sign --id-attr:Id "$soap:Body" --privkey-pem "$1" --output "$work/request.xml" "$work/template.xml" 2>"$work/xmlsec" ||
    fail "xmlsec1 cannot sign: $(cat "$work/xmlsec")"
}

# send STATUS CODE WHAT OPERATION: sends what was signed; the answer's signature must hold, and its state be this code.
send() {
  status=$(curl -sS --max-time 40 -o "$work/answer.xml" -w '%{http_code}' "$GW/scsp/$SERVICE" -H 'content-type: text/xml; charset=utf-8' \
    -H "SOAPAction: \"$4\"" --data-binary "@$work/request.xml") || fail "$3: no answer from $GW"
  xmlsec1 --verify --id-attr:Id "$soap:Body" --id-attr:Id "$oasis-wssecurity-utility-1.0.xsd:Timestamp" --pubkey-cert-pem "$GATEWAY_CERT" \
    "$work/answer.xml" 2>"$work/xmlsec" || fail "$3: the answer is not signed by the gateway: $status $(cat "$work/xmlsec" "$work/answer.xml")"
  code=$(xmllint --nonet --xpath 'string(//*[local-name()="Atributos"]//*[local-name()="CodigoEstado"])' "$work/answer.xml")
  echo "$status  $code  $3"
  [ "$status $code" = "$1 $2" ] ||
    fail "$3: expected $1 $2: $(xmllint --nonet --xpath 'string(//*[local-name()="Atributos"]//*[local-name()="LiteralError"])' "$work/answer.xml")"
}

# validate ELEMENT SCHEMA: the answer's element is what the schema demands.
validate() {
  xmllint --nonet --xpath "//*[local-name()=\"$1\"]" "$work/answer.xml" >"$work/content.xml"
  xmllint --nonet --noout --schema "$work/$2" "$work/content.xml" 2>"$work/xmllint" || fail "the answer breaks its schema: $(cat "$work/xmllint")"
  echo "          the answer follows $2"
}

id() { echo "EX$(date +%s)$(od -An -N6 -tu8 /dev/urandom | tr -d ' ' | cut -c1-12)"; }
one() { solicitud S-1 "$1" "$2" | peticion "$ID" 1 | sign "$KEY" "$CERT"; }

ID=$(id) && one Pasaporte "$PASSPORT"
send 200 0003 'ask about one person' peticionSincrona
validate Respuesta respuesta.xsd
told=$(xmllint --xpath 'string(//*[local-name()="Autorizado"])' "$work/answer.xml")
echo "          authorised: ${told:-not said: $(xmllint --xpath 'string(//*[local-name()="TransmisionDatos"]//*[local-name()="CodigoEstado"])' "$work/answer.xml")}"

one Pasaporte "$PASSPORT"
send 500 0229 'ask again under the same IdPeticion' peticionSincrona

ID=$(id) && one Pasaporte "$PASSPORT"
sed "s/$EMPLOYER/B99286320/" "$work/request.xml" >"$work/altered.xml" && mv "$work/altered.xml" "$work/request.xml"
send 500 0305 'ask with another employer than was signed' peticionSincrona

openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=stranger -days 1 -keyout "$work/stranger.key" -out "$work/stranger.pem" 2>/dev/null
solicitud S-1 Pasaporte "$PASSPORT" | peticion "$(id)" 1 | sign "$work/stranger.key" "$work/stranger.pem"
send 500 0301 'ask with a certificate that nobody registered' peticionSincrona

ID=$(id) && one NIE X0000000A
send 500 0240 'ask about a NIE with a wrong letter' peticionSincrona

n=1001
i=0 && while [ $i -lt $n ]; do i=$((i + 1)) && solicitud "S-$i" Pasaporte "$PASSPORT"; done | peticion "$(id)" $n | sign "$KEY" "$CERT"
send 500 0237 'ask about 1,001 people' peticionAsincrona
validate Atributos soapfaultatributos.xsd
